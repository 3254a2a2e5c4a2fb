// Pools of f32 of one ISA.
#include "kernels/pool_reductions.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const PoolKernels f32_pools;
constexpr PoolKernels f32_pools = f32_table([](PoolKernels& k) {
  k.max = &max_kernels;
  k.min = &min_kernels;
  k.sum = &sum_kernels;
  k.sum_by_power_of_two = &sum_by_power_of_two_kernels;
  k.long_sum = &long_sum_kernels;
  k.lp = &lp_kernels;
});

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
