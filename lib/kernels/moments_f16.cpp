// Statistics of f16, of one ISA.
#include "kernels/statistics.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const MomentsKernels f16_moments;
constexpr MomentsKernels f16_moments = moments_of<InF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
