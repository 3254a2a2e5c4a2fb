// Powers of f64, and the sums of their rows: what all element types share.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// y[i] = |x[i]|^p; x and y do not overlap.
void raise(const double* x, double* y, std::int64_t count, const Exponent& p);

void add_rows(const double* row, std::int64_t count, double* sums);
void sum_windows(const PowerWindowsArgs& a);

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
