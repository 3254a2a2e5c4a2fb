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

// Of sums in f32: (float)((double)sum * (1.0 / n)). Where the average is no denormal number, and n at most
// 2^20, that is sum / n correctly rounded, which is one instruction: products in f64 are for the others.
struct Divisor32 {
  static constexpr float most = 0x1p20f;
  static constexpr float least = 0x1p-106f;  // most * FLT_MIN: sums above it have averages that are not denormal

  F32 n;
  I32 limit;  // of what is left to f64, as `order` has it
  const double* from;
  bool alike;

  static POOLNORM_INLINE Divisor32 all(const double* p) {
    const float n = static_cast<float>(*p);
    return {F32(n), n <= most ? order(F32(least)) : I32(INT32_MAX), p, true};
  }
  // Divisors that differ count the taps of a window.
  static POOLNORM_INLINE Divisor32 at(const double* p) {
    return {narrow(load(p), load(p + lanes64)), order(F32(least)), p, false};
  }
  // Rises with |x| from INT_MIN on; INT_MAX when x is 0.
  static POOLNORM_INLINE I32 order(F32 x) {
    using Bits = xsimd::batch<std::uint32_t, Arch>;  // which wrap around
    const Bits bits = bits_as<std::uint32_t>(x);
    return bits_as<std::int32_t>(bits + bits + Bits(INT32_MAX));
  }
  POOLNORM_INLINE F32 operator()(F32 sum) const {
    if (__builtin_expect(xsimd::any(order(sum) < limit), 0)) return in_f64(sum);
    return divide(sum, n);
  }
  POOLNORM_INLINE F32 in_f64(F32 sum) const {
    const F64 one(1.0);
    const F64 lo = divide(one, alike ? F64(*from) : load(from)), hi = divide(one, alike ? F64(*from) : load(from + lanes64));
    const Pair<F64> wide = widen(sum);
    return narrow(wide.first * lo, wide.second * hi);
  }
};
// Of many sums: quotients at once, and one look whether they are right.
struct Quotient32 {
  F32 n;
  POOLNORM_INLINE F32 operator()(F32 sum) const { return divide(sum, n); }
};
template <class Factor>
struct Looked {
  const Factor& factor;
  POOLNORM_INLINE void see(F32) {}
  POOLNORM_INLINE bool right() const { return true; }
  POOLNORM_INLINE Factor quick() const { return factor; }
};
template <>
struct Looked<Divisor32> {
  const Divisor32& factor;
  I32 least{INT32_MAX};
  POOLNORM_INLINE void see(F32 sum) { least = xsimd::min(least, Divisor32::order(sum)); }
  POOLNORM_INLINE bool right() const { return !xsimd::any(least < factor.limit); }
  POOLNORM_INLINE Quotient32 quick() const { return {factor.n}; }
};

// A power of two: both products are exact before their one rounding.
struct PowerOfTwo {
  F32 s;
  static POOLNORM_INLINE PowerOfTwo all(const double* p) { return {F32(1.0f / static_cast<float>(*p))}; }
  static POOLNORM_INLINE PowerOfTwo at(const double* p) { return {divide(F32(1.0f), narrow(load(p), load(p + lanes64)))}; }
  POOLNORM_INLINE F32 operator()(F32 sum) const { return sum * s; }
};
struct Scale64 {
  F64 s;
  POOLNORM_INLINE F64 operator()(F64 sum) const { return sum * s; }
  static POOLNORM_INLINE Scale64 all(const double* p) { return {F64(1.0 / *p)}; }
  static POOLNORM_INLINE Scale64 at(const double* p) { return {divide(F64(1.0), load(p))}; }
};

struct Divisor64 {
  F64 n;
  static POOLNORM_INLINE Divisor64 all(const double* p) { return {F64(*p)}; }
  static POOLNORM_INLINE Divisor64 at(const double* p) { return {load(p)}; }
  POOLNORM_INLINE F64 operator()(F64 sum) const { return divide(sum, n); }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
