// Gradients of norms of f32, of one ISA.
#include "kernels/gradient.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const GradientKernels f32_gradients;
constexpr GradientKernels f32_gradients = gradients_of<InF32>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
