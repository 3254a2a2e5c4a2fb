#include "dispatch/training_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)           \
  namespace isa {                       \
  extern const TrainingKernels training_kernels; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const TrainingKernels& training_kernels(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa: return isa::training_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::training_kernels;
  }
}

}  // namespace poolnorm
