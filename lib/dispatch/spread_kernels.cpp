#include "dispatch/spread_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)                                    \
  namespace isa {                                                \
  extern const SpreadKernels spread_kernels, spread_kernels_f64; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const SpreadKernels& spread_kernels(Isa isa, ElementType type) noexcept {
  const bool wide = type == ElementType::f64;
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return wide ? isa::spread_kernels_f64 : isa::spread_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return wide ? portable::spread_kernels_f64 : portable::spread_kernels;
  }
}

}  // namespace poolnorm
