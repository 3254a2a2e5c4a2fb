// The reductions of f32 of an ISA, each file's part of its pooling table. Each file has a table of its own, too, for
// programs that link one operation.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const ReductionKernels max_kernels, min_kernels;
extern const LpKernels lp_kernels;
extern const ReductionKernels sum_kernels, sum_by_power_of_two_kernels, long_sum_kernels;
extern const PoolKernels f32_max, f32_min, f32_average, f32_lp;

// `add` puts the reductions in.
template <class Add>
constexpr PoolKernels f32_table(Add add) {
  PoolKernels k{};
  add(k);
  k.from_tile = from_tile<F32>;
  k.lanes = lanes32;
  return k;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
