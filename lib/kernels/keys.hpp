// Maxima and minima of f16, bf16, s8 and u8 as those of integers: an element becomes a key that has its
// order, with every NaN beyond the infinity that would hide it. No conversion, no watch, as many lanes as
// elements fit.
#pragma once

#include <type_traits>

#include "kernels/reduction.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Sign and magnitude to two's complement, shifted so that NaNs of both signs stand at the end that wins:
// `infinity` is the format's, `quiet` its quiet bit.
template <bool IsMax, int infinity, int quiet>
struct FloatKey {
  using Memory = std::uint16_t;
  using Lane = std::int16_t;
  static constexpr bool wide = true;
  static constexpr Lane shift = static_cast<Lane>(IsMax ? infinity - 0x7fff : 0x7fff - infinity);
  // Of the infinity that padding is.
  static constexpr Lane identity = IsMax ? -0x8000 : 0x7fff;

  static POOLNORM_INLINE I16 monotone(I16 x) { return x ^ ((x >> 15) & I16(0x7fff)); }
  static POOLNORM_INLINE I16 key(I16 x) { return monotone(x) + I16(shift); }
  static POOLNORM_INLINE I16 element(I16 key) {
    const I16 ordered = key - I16(shift);
    const I16 x = monotone(xsimd::select(ordered == I16(-1), I16(0), ordered));  // -0 is +0
    return xsimd::select((x & I16(0x7fff)) > I16(infinity), x | I16(quiet), x);
  }
};

template <bool IsMax>
using F16Key = FloatKey<IsMax, 0x7c00, 0x0200>;
template <bool IsMax>
using BF16Key = FloatKey<IsMax, 0x7f80, 0x0040>;

template <bool IsMax, class T>
struct IntegerKey {
  using Memory = T;
  using Lane = T;
  using Vector = xsimd::batch<T, Arch>;
  static constexpr bool wide = true;
  static constexpr T lowest = T(-1) < T(0) ? -128 : 0, highest = T(-1) < T(0) ? 127 : T(255);
  static constexpr T identity = IsMax ? lowest : highest;

  static POOLNORM_INLINE Vector key(Vector x) { return x; }
  static POOLNORM_INLINE Vector element(Vector key) { return key; }
};

// Of |x|, in the lanes that the element's own bits fill. Padding is 0.
template <class T, class L, L infinity, L quiet>
struct MagnitudeKey {
  using Memory = T;
  using Lane = L;
  using Vector = xsimd::batch<L, Arch>;
  static constexpr bool wide = false;
  static constexpr L magnitude = infinity | (infinity - 1);  // every bit but the sign
  static constexpr L identity = 0;

  static POOLNORM_INLINE Vector key(Vector x) { return x & Vector(magnitude); }
  static POOLNORM_INLINE Vector element(Vector key) {
    return xsimd::select(key > Vector(infinity), key | Vector(quiet), key);
  }
};

using F16Magnitude = MagnitudeKey<std::uint16_t, std::int16_t, 0x7c00, 0x0200>;
using BF16Magnitude = MagnitudeKey<std::uint16_t, std::int16_t, 0x7f80, 0x0040>;

template <bool IsMax, class Key>
struct KeyExtremum {
  using Input = typename Key::Memory;
  using Output = Input;
  using Element = typename Key::Lane;
  using Acc = xsimd::batch<Element, Arch>;
  using Scale = NoScale;
  using Watch = NoWatch;
  static constexpr bool streams = true;
  static constexpr bool wide = Key::wide && !portable_lanes;
  static constexpr int unroll = Key::wide ? 2 : 1;
  static constexpr bool any_order = true;
  static constexpr bool hot = false;
  static constexpr Element identity = Key::identity;

  template <class Len>
  static POOLNORM_INLINE Acc load(const Input* p, Len len) {
    if constexpr (std::is_same_v<Input, float>) {
      return Key::key(bits_as<Element>(POOLNORM_KERNEL_ISA::load(p, len)));
    } else {
      return Key::key(POOLNORM_KERNEL_ISA::load(reinterpret_cast<const Element*>(p), len));
    }
  }
  template <class Len>
  static POOLNORM_INLINE Acc load_acc(const Element* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE Acc apply(Acc acc, Acc x) { return IsMax ? xsimd::max(acc, x) : xsimd::min(acc, x); }
  template <class At>
  static POOLNORM_INLINE Acc across(At at, std::int64_t taps, std::int64_t) {
    Acc acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = apply(acc, at(j));
    return acc;
  }
  static POOLNORM_INLINE Acc along(const Element* p, std::int64_t n, std::int64_t) {
    constexpr std::int64_t lanes = Acc::size;
    Acc acc(identity);
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes) acc = apply(acc, POOLNORM_KERNEL_ISA::load(p + i));
    Element lane[lanes];
    store(lane, acc);
    Element best = identity;
    for (const Element x : lane) best = beyond(best, x);
    for (; i < n; ++i) best = beyond(best, p[i]);
    return Acc(best);
  }
  static POOLNORM_INLINE Acc result(Acc acc, NoScale) { return Key::element(acc); }
  template <class Len>
  static POOLNORM_INLINE void finish(Output* dst, Acc acc, NoScale s, Len len) {
    if constexpr (std::is_same_v<Output, float>) {
      POOLNORM_KERNEL_ISA::store(dst, bits_as<float>(result(acc, s)), len);
    } else {
      POOLNORM_KERNEL_ISA::store(reinterpret_cast<Element*>(dst), result(acc, s), len);
    }
  }

 private:
  static POOLNORM_INLINE Element beyond(Element a, Element b) { return (IsMax ? a > b : a < b) ? a : b; }
};

// f64 has no lanes to win: its own maxima, right for any input; of magnitudes where that is asked for.
template <bool IsMax, bool Magnitudes = false>
struct Extremum64 {
  using Input = double;
  using Output = double;
  using Element = double;
  using Acc = F64;
  using Scale = NoScale;
  using Watch = NoWatch;
  static constexpr bool streams = true;
  static constexpr bool wide = !Magnitudes && !portable_lanes;
  static constexpr int unroll = Magnitudes ? 1 : 2;
  static constexpr bool any_order = true;
  static constexpr bool hot = false;
  static constexpr double identity = Magnitudes ? 0.0 : IsMax ? -__builtin_inf() : __builtin_inf();

  template <class Len>
  static POOLNORM_INLINE F64 load(const double* p, Len len) {
    if constexpr (Magnitudes) return xsimd::abs(POOLNORM_KERNEL_ISA::load(p, len));
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE F64 load_acc(const double* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  static POOLNORM_INLINE F64 apply(F64 acc, F64 x) { return IsMax ? max_with_nan(acc, x) : min_with_nan(acc, x); }
  template <class At>
  static POOLNORM_INLINE F64 across(At at, std::int64_t taps, std::int64_t) {
    F64 acc = at(0);
    for (std::int64_t j = 1; j < taps; ++j) acc = apply(acc, at(j));
    return acc;
  }
  static POOLNORM_INLINE F64 along(const double* p, std::int64_t n, std::int64_t) {
    F64 acc(identity);
    std::int64_t i = 0;
    for (; i + lanes64 <= n; i += lanes64) acc = apply(acc, POOLNORM_KERNEL_ISA::load(p + i));
    double lane[lanes64];
    store(lane, acc);
    F64 best(identity);
    for (const double x : lane) best = apply(best, F64(x));
    for (; i < n; ++i) best = apply(best, F64(p[i]));
    return best;
  }
  static POOLNORM_INLINE F64 result(F64 acc, NoScale) { return acc + F64(0.0); }
  template <class Len>
  static POOLNORM_INLINE void finish(double* dst, F64 acc, NoScale s, Len len) {
    POOLNORM_KERNEL_ISA::store(dst, result(acc, s), len);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
