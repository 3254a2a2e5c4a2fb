// What the gradient of Lp pooling of any power has besides spread_kernels of f64: rows of powers.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm {

// dst[w][e] = grad[w][e] * |norm[w][e]|^exponent, 0 where norm is 0: windows side by side.
struct PowerQuotientArgs {
  const void *grad, *norm;
  std::int64_t step;  // of both
  std::int64_t windows, width;
  double* dst;
  Exponent exponent;
};

// dst[c][e] = sums[c][e] * |src[c][e]|^exponent, a power of 0 being 0, with the sign of src.
struct PowerShareArgs {
  const void* src;
  const double* sums;
  void* dst;
  std::int64_t step;  // of src and dst
  std::int64_t columns, width;
  Exponent exponent;
};

// Of one element type.
struct SpreadPowerKernels {
  void (*quotients)(const PowerQuotientArgs&);
  void (*shares)(const PowerShareArgs&);
};
struct SpreadPowerTables {
  SpreadPowerKernels f32, f16, bf16, f64;
};

}  // namespace poolnorm
