// Gradients of norms of f16, of one ISA.
#include "kernels/gradient.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const GradientKernels f16_gradients;
constexpr GradientKernels f16_gradients = gradients_of<InF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
