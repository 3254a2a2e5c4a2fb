#include "dispatch/training_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TYPE_ROW(isa, type)            \
  namespace isa {                               \
  extern const TrainingKernels type##_training; \
  }
#include "training_rows.inc"
#undef POOLNORM_TYPE_ROW

const TrainingKernels* training_kernels(Isa isa, ElementType type) noexcept {
#define POOLNORM_TYPE_ROW(i, t) \
  if (isa == Isa::i && type == ElementType::t) return &i::t##_training;
#include "training_rows.inc"
#undef POOLNORM_TYPE_ROW
  return nullptr;
}

}  // namespace poolnorm
