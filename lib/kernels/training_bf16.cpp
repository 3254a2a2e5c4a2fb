// Norms behind statistics of bf16, of one ISA.
#include "kernels/training.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const TrainingKernels bf16_training;
constexpr TrainingKernels bf16_training = training_of<InBF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
