// What Lp pooling of any power is made of.
#pragma once

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// `all` as a sum, whose first part has at most 26 bits: times an exponent of a number it is exact.
struct Exponent {
  double high, low, all;
};

// dst[g][e] = |src[g][e]|^exponent: of elements in f64, or of f64 as elements.
struct PowerArgs {
  const void* src;
  std::int64_t src_step;
  void* dst;
  std::int64_t dst_step;
  std::int64_t groups, width;
  Exponent exponent;
};

// sums[o][e] = the sum over t < ranges[o].count of columns[ranges[o].first + t * dilation][e], in order, from 0.
struct PowerWindowsArgs {
  const double* columns;
  const TapRange* ranges;
  std::int64_t windows, width, dilation;
  double* sums;
};

// Lp pooling of any power, of one element type.
struct PowerKernels {
  void (*powers)(const PowerArgs&);
  void (*roots)(const PowerArgs&);
  void (*add)(const double* row, std::int64_t count, double* sums);  // sums[i] = sums[i] + row[i]
  void (*across)(const PowerWindowsArgs&);
};

}  // namespace poolnorm
