// What turns sums into averages: one struct per way, with
//   all(p), at(p)   one factor for a whole vector, or one a lane
//   f(sum)          the average
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct NoScale {
  static POOLNORM_INLINE NoScale all(const double*) { return {}; }
  static POOLNORM_INLINE NoScale at(const double*) { return {}; }
};

// The factors of one vector of averages, 1 / divisor. A power of two needs no f64: both products are
// exact before their one rounding.
struct Scale32 {
  F64 lo, hi;
  static POOLNORM_INLINE Scale32 all(const double* p) { return {F64(*p), F64(*p)}; }
  static POOLNORM_INLINE Scale32 at(const double* p) { return {load(p), load(p + lanes64)}; }
  POOLNORM_INLINE F32 operator()(F32 sum) const {
    const Pair<F64> wide = widen(sum);
    return narrow(wide.first * lo, wide.second * hi);
  }
};
struct PowerOfTwo {
  F32 s;
  static POOLNORM_INLINE PowerOfTwo all(const double* p) { return {F32(static_cast<float>(*p))}; }
  static POOLNORM_INLINE PowerOfTwo at(const double* p) { return {narrow(load(p), load(p + lanes64))}; }
  POOLNORM_INLINE F32 operator()(F32 sum) const { return sum * s; }
};
struct Scale64 {
  F64 s;
  POOLNORM_INLINE F64 operator()(F64 sum) const { return sum * s; }
  static POOLNORM_INLINE Scale64 all(const double* p) { return {F64(*p)}; }
  static POOLNORM_INLINE Scale64 at(const double* p) { return {load(p)}; }
};

struct Divisor64 {
  F64 n;
  static POOLNORM_INLINE Divisor64 all(const double* p) { return {F64(*p)}; }
  static POOLNORM_INLINE Divisor64 at(const double* p) { return {load(p)}; }
  POOLNORM_INLINE F64 operator()(F64 sum) const { return divide(sum, n); }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
