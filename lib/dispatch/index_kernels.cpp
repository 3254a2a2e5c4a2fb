#include "dispatch/index_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)              \
  namespace isa {                          \
  extern const IndexKernels index_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const IndexKernels& index_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::index_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::index_kernels;
  }
}

}  // namespace poolnorm
