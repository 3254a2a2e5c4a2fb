#include "dispatch/norm_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TYPE_ROW(isa, type)     \
  namespace isa {                        \
  extern const NormKernels type##_norms; \
  }
#include "norm_rows.inc"
#undef POOLNORM_TYPE_ROW

const NormKernels* norm_kernels(Isa isa, ElementType type) noexcept {
#define POOLNORM_TYPE_ROW(i, t) \
  if (isa == Isa::i && type == ElementType::t) return &i::t##_norms;
#include "norm_rows.inc"
#undef POOLNORM_TYPE_ROW
  return nullptr;
}

}  // namespace poolnorm
