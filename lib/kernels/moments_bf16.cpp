// Statistics of bf16, of one ISA.
#include "kernels/statistics.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const MomentsKernels bf16_moments;
constexpr MomentsKernels bf16_moments = moments_of<InBF16>();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
