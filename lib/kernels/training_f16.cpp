// Norms behind statistics of f16, of one ISA.
#include "kernels/training.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const TrainingKernels f16_training;
constexpr TrainingKernels f16_training = training_of<InF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
