// Norms behind statistics of f32, of one ISA.
#include "kernels/training.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const TrainingKernels f32_training;
constexpr TrainingKernels f32_training = training_of<InF32>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
