// Statistics of f64, of one ISA.
#include "kernels/statistics.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const MomentsKernels f64_moments;
constexpr MomentsKernels f64_moments = moments_of<InF64>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
