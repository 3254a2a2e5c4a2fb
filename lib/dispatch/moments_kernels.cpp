#include "dispatch/moments_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)           \
  namespace isa {                       \
  extern const MomentsKernels moments_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const MomentsKernels& moments_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa: return isa::moments_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::moments_kernels;
  }
}

}  // namespace poolnorm
