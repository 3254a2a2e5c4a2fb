// Gradients of norms of f64, of one ISA.
#include "kernels/gradient.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const GradientKernels f64_gradients;
constexpr GradientKernels f64_gradients = gradients_of<InF64>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
