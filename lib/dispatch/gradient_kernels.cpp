#include "dispatch/gradient_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)           \
  namespace isa {                       \
  extern const GradientKernels gradient_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const GradientKernels& gradient_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa: return isa::gradient_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::gradient_kernels;
  }
}

}  // namespace poolnorm
