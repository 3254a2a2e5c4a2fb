// What local response norm is made of, in f64. Elements lie in groups: of a channel, or of a pixel.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm {

// The scratch of a call of respond(), three times, holds so many elements.
inline constexpr std::int64_t response_block = 512;

struct SquaresArgs {
  const void* src;
  std::int64_t src_step;
  double* squares;
  std::int64_t squares_step;
  std::int64_t groups, width;
};

// dst = src / (k + factor * sum)^exponent, where sum is that of squares[t * tap_step] over t < taps, in order.
struct ResponseArgs {
  const void* src;
  std::int64_t src_step;
  void* dst;
  std::int64_t dst_step;
  const double* squares;
  std::int64_t squares_step, taps, tap_step;
  std::int64_t groups, width;  // response_block elements at most
  double k, factor;
  Exponent exponent;
  double* scratch;
};

// Of one element type.
struct ResponseKernels {
  void (*squares)(const SquaresArgs&);
  void (*respond)(const ResponseArgs&);
};
struct ResponseTables {
  ResponseKernels f32, f16, bf16, f64;
};

}  // namespace poolnorm
