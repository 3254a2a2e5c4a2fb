// Pools of f32 of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const PoolKernels f32_pools;
constexpr PoolKernels f32_pools{&max_kernels,      &min_kernels, &sum_kernels, &sum_by_power_of_two_kernels,
                                &long_sum_kernels, nullptr,      nullptr,      from_tile<F32>,
                                lanes32,           &lp_kernels};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
