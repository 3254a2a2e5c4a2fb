// What local response norm and its gradient are made of, in f64. Elements lie in groups: of a channel, or of a pixel.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm {

// So many elements are the most of a call that has a scratch, and so many numbers that.
inline constexpr std::int64_t response_block = 512, response_scratch = 3 * response_block;

struct SquaresArgs {
  const void* src;
  std::int64_t src_step;
  double* squares;
  std::int64_t squares_step;
  std::int64_t groups, width;
};

// base[g][e] = k + factor * the sum of squares[g * squares_step + e + t * tap_step] over t < taps, in order.
struct ResponseBases {
  const double* squares;
  std::int64_t squares_step, taps, tap_step;
  double k, factor;
};

// dst = src * base^-exponent.
struct ResponseArgs {
  const void* src;
  std::int64_t src_step;
  void* dst;
  std::int64_t dst_step;
  ResponseBases bases;
  std::int64_t groups, width;
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

// quotients = grad * base^-exponent, shares = quotients * src / base. Quotients may take the place of the squares of
// each first tap.
struct ResponseSharesArgs {
  const void* src;
  std::int64_t src_step;
  const void* grad;
  std::int64_t grad_step;
  ResponseBases bases;
  double* quotients;
  std::int64_t quotients_step;
  double* shares;
  std::int64_t shares_step;
  std::int64_t groups, width;
  Exponent exponent;
  double* scratch;
};

// dst = quotients - factor * src * the sum of shares[g * step + e + t * tap_step] over t < taps, in order.
struct ResponseGradientArgs {
  const void* src;
  std::int64_t src_step;
  void* dst;
  std::int64_t dst_step;
  const double* quotients;
  const double* shares;
  std::int64_t step, taps, tap_step;  // of both
  std::int64_t groups, width;
  double factor;
};

struct ResponseGradientKernels {
  void (*shares)(const ResponseSharesArgs&);
  void (*gradient)(const ResponseGradientArgs&);
};
struct ResponseGradientTables {
  ResponseGradientKernels f32, f16, bf16, f64;
};

}  // namespace poolnorm
