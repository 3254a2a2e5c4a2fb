// Norms behind statistics of f64, of one ISA.
#include "kernels/training.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const TrainingKernels f64_training;
constexpr TrainingKernels f64_training = training_of<InF64>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
