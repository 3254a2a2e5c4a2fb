// The reductions of an ISA, each file's part of its pooling table.
#pragma once

#include "kernels/kernel_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const ReductionKernels max_kernels, min_kernels;
extern const LpKernels lp_kernels;
extern const ReductionKernels sum_kernels, sum_by_power_of_two_kernels, long_sum_kernels;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
