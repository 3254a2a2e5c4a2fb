// The pooling table of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const PoolKernels pool_kernels;
constexpr PoolKernels pool_kernels{&max_kernels,      &min_kernels,   &sum_kernels, &sum_by_power_of_two_kernels,
                                   &long_sum_kernels, from_tile<F32>, lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
