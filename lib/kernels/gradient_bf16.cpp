// Gradients of norms of bf16, of one ISA.
#include "kernels/gradient.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const GradientKernels bf16_gradients;
constexpr GradientKernels bf16_gradients = gradients_of<InBF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
