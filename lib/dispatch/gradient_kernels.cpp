#include "dispatch/gradient_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TYPE_ROW(isa, type)             \
  namespace isa {                                \
  extern const GradientKernels type##_gradients; \
  }
#include "gradient_rows.inc"
#undef POOLNORM_TYPE_ROW

const GradientKernels* gradient_kernels(Isa isa, ElementType type) noexcept {
#define POOLNORM_TYPE_ROW(i, t) \
  if (isa == Isa::i && type == ElementType::t) return &i::t##_gradients;
#include "gradient_rows.inc"
#undef POOLNORM_TYPE_ROW
  return nullptr;
}

}  // namespace poolnorm
