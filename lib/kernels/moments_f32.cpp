// Statistics of f32, of one ISA.
#include "kernels/statistics.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const MomentsKernels f32_moments;
constexpr MomentsKernels f32_moments = moments_of<InF32>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
