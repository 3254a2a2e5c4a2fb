#include "dispatch/norm_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)           \
  namespace isa {                       \
  extern const NormKernels norm_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const NormKernels& norm_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa: return isa::norm_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::norm_kernels;
  }
}

}  // namespace poolnorm
