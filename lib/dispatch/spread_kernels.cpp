#include "dispatch/spread_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)                \
  namespace isa {                            \
  extern const SpreadKernels spread_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const SpreadKernels& spread_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::spread_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::spread_kernels;
  }
}

}  // namespace poolnorm
