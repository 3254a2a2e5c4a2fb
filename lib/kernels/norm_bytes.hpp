// The norms of s8 and u8: one function for every pair of types.
#pragma once

#include "kernels/kernel_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

void norm_of_bytes(const AffineArgs& a);

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
