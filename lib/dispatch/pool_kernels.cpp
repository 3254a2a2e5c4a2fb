#include "dispatch/pool_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)           \
  namespace isa {                       \
  extern const PoolKernels pool_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const PoolKernels& pool_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa: return isa::pool_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::pool_kernels;
  }
}

}  // namespace poolnorm
