#include "dispatch/moments_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TYPE_ROW(isa, type)          \
  namespace isa {                             \
  extern const MomentsKernels type##_moments; \
  }
#include "moments_rows.inc"
#undef POOLNORM_TYPE_ROW

const MomentsKernels* moments_kernels(Isa isa, ElementType type) noexcept {
#define POOLNORM_TYPE_ROW(i, t) \
  if (isa == Isa::i && type == ElementType::t) return &i::t##_moments;
#include "moments_rows.inc"
#undef POOLNORM_TYPE_ROW
  return nullptr;
}

}  // namespace poolnorm
