// Averages of s8 and u8: exact sums, exact quotients, rounded once and saturated, whatever the caller's
// rounding mode.
#pragma once

#include "kernels/reduction.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Divisors up to short_integers, and their reciprocals.
struct DivisorI32 {
  I32 n;
  F32 reciprocal;
  static POOLNORM_INLINE DivisorI32 all(const double* p) { return of(F32(static_cast<float>(*p))); }
  static POOLNORM_INLINE DivisorI32 at(const double* p) { return of(narrow(load(p), load(p + lanes64))); }
  static POOLNORM_INLINE DivisorI32 of(F32 n) { return {xsimd::to_int(n), divide(F32(1.0f), n)}; }
};

// T is what src and dst hold. |sum| < 2^22, so that f32 has every number here exactly but the quotient, which
// is right to 2^-13: less than the 1 / n that keeps it from the next integer. Its integer part is the true
// one, or one less where the quotient is an integer, which the remainder then tells.
template <class T, bool Away>
struct IntegerSum {
  using Input = T;
  using Output = T;
  using Element = std::int32_t;
  using Acc = I32;
  using Scale = DivisorI32;
  using Watch = NoWatch;
  static constexpr bool streams = false;
  static constexpr bool wide = !portable_lanes;
  static constexpr int unroll = 1;
  static constexpr bool any_order = true;
  static constexpr bool hot = false;
  static constexpr Element identity = 0;
  static constexpr int lowest = T(-1) < T(0) ? -128 : 0;  // of T; 255 more is its highest

  template <class Len>
  static POOLNORM_INLINE I32 load(const T* p, Len len) {
    if constexpr (lowest < 0) return widen_signed(load8(p, len));
    return widen_unsigned(load8(p, len));
  }
  template <class Len>
  static POOLNORM_INLINE I32 load_acc(const Element* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE I32 apply(I32 acc, I32 x) { return acc + x; }
  template <class At>
  static POOLNORM_INLINE I32 across(At at, std::int64_t taps, std::int64_t) {
    I32 acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = acc + at(j);
    return acc;
  }
  static POOLNORM_INLINE I32 along(const Element* p, std::int64_t n, std::int64_t) {
    I32 acc(0);
    std::int64_t i = 0;
    for (; i + lanes32 <= n; i += lanes32) acc = acc + POOLNORM_KERNEL_ISA::load(p + i);
    Element lane[lanes32], sum = 0;
    store(lane, acc);
    for (const Element x : lane) sum += x;
    for (; i < n; ++i) sum += p[i];
    return I32(sum);
  }
  // From `lowest` up, so that nothing is negative.
  static POOLNORM_INLINE I32 result(I32 sum, DivisorI32 by) {
    const I32 most = by.n * I32(lowest + 255), least = by.n * I32(lowest);
    const I32 clamped = xsimd::min(xsimd::max(sum, least), most);
    const I32 above = clamped - least;
    const I32 quotient = xsimd::to_int(xsimd::to_float(above) * by.reciprocal);
    const I32 rest = above - quotient * by.n, twice = rest + rest;
    const auto tie = twice == by.n;
    const auto up = Away ? clamped >= I32(0) : (quotient & I32(1)) != I32(0);
    return xsimd::select((twice > by.n) | (tie & up), quotient + I32(1), quotient) + I32(lowest);
  }
  template <class Len>
  static POOLNORM_INLINE void finish(T* dst, I32 sum, DivisorI32 by, Len len) {
    store8(dst, narrow8(result(sum, by)), len);
  }
};

struct DivisorI64 {
  const double* p;
  std::int64_t step;
  static POOLNORM_INLINE DivisorI64 all(const double* p) { return {p, 0}; }
  static POOLNORM_INLINE DivisorI64 at(const double* p) { return {p, 1}; }
};

// Larger windows, or divisors: f64 holds the sum of 2^45 elements exactly. Quotients are few.
template <class T, bool Away>
struct LongIntegerSum {
  static constexpr bool runs = false;
  using Input = T;
  using Output = T;
  using Element = double;
  using Acc = F64;
  using Scale = DivisorI64;
  using Watch = NoWatch;
  static constexpr bool streams = false;
  static constexpr bool wide = !portable_lanes;
  static constexpr int unroll = 1;
  static constexpr bool any_order = true;
  static constexpr bool hot = false;
  static constexpr double identity = 0.0;
  static constexpr int lowest = IntegerSum<T, Away>::lowest;

  static POOLNORM_INLINE F64 load(const T* p, Full) { return load(p, Part{lanes64}); }
  static POOLNORM_INLINE F64 load(const T* p, Part len) {
    return widen(xsimd::to_float(IntegerSum<T, Away>::load(p, len))).first;
  }
  template <class Len>
  static POOLNORM_INLINE F64 load_acc(const double* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE F64 apply(F64 acc, F64 x) { return acc + x; }
  template <class At>
  static POOLNORM_INLINE F64 across(At at, std::int64_t taps, std::int64_t) {
    F64 acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = acc + at(j);
    return acc;
  }
  static POOLNORM_INLINE F64 along(const double* p, std::int64_t n, std::int64_t) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += p[i];
    return F64(sum);
  }
  static POOLNORM_INLINE T quotient(double sum, double divisor) {
    if (divisor > 0x1p55) return 0;
    const auto s = static_cast<std::int64_t>(sum), n = static_cast<std::int64_t>(divisor);
    const std::int64_t magnitude = s < 0 ? -s : s;
    std::int64_t q = magnitude / n;
    const std::int64_t twice = 2 * (magnitude % n);
    if (twice > n || (twice == n && (Away || q % 2 != 0))) ++q;
    if (s < 0) return static_cast<T>(q > -lowest ? lowest : -q);
    return static_cast<T>(q > lowest + 255 ? lowest + 255 : q);
  }
  static POOLNORM_INLINE void finish(T* dst, F64 sum, DivisorI64 by, Full) { finish(dst, sum, by, Part{lanes64}); }
  static POOLNORM_INLINE void finish(T* dst, F64 sum, DivisorI64 by, Part len) {
    double lane[lanes64];
    store(lane, sum);
    for (std::int64_t i = 0; i < len.n; ++i) dst[i] = quotient(lane[i], by.p[i * by.step]);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
