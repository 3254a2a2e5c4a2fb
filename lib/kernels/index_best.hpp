// The best of several values and where it stood: what every stage of max pooling with indices is made of. Values are
// f32 or f64. Fast: by >, with a watch for NaN. Exact: the first NaN wins.
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

using I64 = xsimd::batch<std::int64_t, Arch>;
static_assert(I32::size == F32::size);

// What a vector of values and one of indices have between them. Indices travel as the bits of values, so that one
// mask serves both; in memory they have 32 bits.
template <class V>
struct Lanes;

template <>
struct Lanes<F32> {
  using Integer = I32;
  static POOLNORM_INLINE F32 bits(I32 i) { return bits_as<float>(i); }
  static POOLNORM_INLINE I32 integers(F32 v) { return bits_as<std::int32_t>(v); }
  // Bits only: no arithmetic ever sees them as floats.
  template <class Len>
  static POOLNORM_INLINE I32 load_index(const std::int32_t* p, Len len) {
    return integers(load(reinterpret_cast<const float*>(p), len));
  }
  template <class Len>
  static POOLNORM_INLINE void store_index(std::int32_t* p, F32 v, Len len) {
    store(reinterpret_cast<float*>(p), v, len);
  }
  // Exactly one vector, of tables with slack behind them.
  static POOLNORM_INLINE I32 table(const std::int32_t* p) { return I32::load_unaligned(p); }
  static POOLNORM_INLINE M32 nan(F32 a, F32 b) { return unordered(a, b); }
};

template <>
struct Lanes<F64> {
  using Integer = I64;
  static POOLNORM_INLINE F64 bits(I64 i) { return bits_as<double>(i); }
  static POOLNORM_INLINE I64 integers(F64 v) { return bits_as<std::int64_t>(v); }
  static POOLNORM_INLINE I64 load_index(const std::int32_t* p, Part len) {
    std::int64_t lane[lanes64] = {};
    for (std::int64_t i = 0; i < len.n; ++i) lane[i] = p[i];
    return I64::load_unaligned(lane);
  }
  static POOLNORM_INLINE I64 load_index(const std::int32_t* p, Full) { return load_index(p, Part{lanes64}); }
  static POOLNORM_INLINE void store_index(std::int32_t* p, F64 v, Part len) {
    std::int64_t lane[lanes64];
    integers(v).store_unaligned(lane);
    for (std::int64_t i = 0; i < len.n; ++i) p[i] = static_cast<std::int32_t>(lane[i]);
  }
  static POOLNORM_INLINE void store_index(std::int32_t* p, F64 v, Full) { store_index(p, v, Part{lanes64}); }
  static POOLNORM_INLINE I64 table(const std::int32_t* p) { return load_index(p, Full{}); }
  static POOLNORM_INLINE auto nan(F64 a, F64 b) { return a != a || b != b; }
};

POOLNORM_INLINE F32 pick_larger(F32 a, F32 b) { return pick_max(a, b); }
POOLNORM_INLINE F64 pick_larger(F64 a, F64 b) { return xsimd::select(a > b, a, b); }
template <class M>
POOLNORM_INLINE M both(M a, M b) {
  return a | b;
}
POOLNORM_INLINE M32 both(M32 a, M32 b) { return either(a, b); }

template <class V>
using Mask = typename V::batch_bool_type;
template <class V>
using Scalar = typename V::value_type;
template <class V>
constexpr std::int64_t lanes_of = V::size;
template <class V>
POOLNORM_INLINE V bits(std::int64_t i) {
  using Integer = typename Lanes<V>::Integer;
  return Lanes<V>::bits(Integer(static_cast<typename Integer::value_type>(i)));
}
template <class V>
POOLNORM_INLINE V add_index(V index, typename Lanes<V>::Integer i) {
  return Lanes<V>::bits(Lanes<V>::integers(index) + i);
}

template <class V, bool Exact>
struct Best {
  V value, index;
  Mask<V> seen{false};

  POOLNORM_INLINE void begin(V x, V i) {
    value = x;
    index = i;
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, x));
  }
  POOLNORM_INLINE void choose(V x, V i) {
    if constexpr (Exact) {
      const Mask<V> m = (x > value) | (Lanes<V>::nan(x, x) & (value == value));
      value = xsimd::select(m, x, value);
      index = xsimd::select(m, i, index);
    } else {
      index = xsimd::select(x > value, i, index);
      value = pick_larger(x, value);
    }
  }
  POOLNORM_INLINE void take(V x, V i) {
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, x));
    choose(x, i);
  }
  POOLNORM_INLINE void take(V x, V i, V y, V k) {
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, y));
    choose(x, i);
    choose(y, k);
  }
};

// at(j), j < taps, taps >= 1, of indices j * step.
template <class V, bool Exact, class At>
POOLNORM_INLINE void along(Best<V, Exact>& best, At at, std::int64_t taps, std::int64_t step) {
  best.begin(at(0), bits<V>(0));
  std::int64_t j = 1;
  for (; j + 1 < taps; j += 2) best.take(at(j), bits<V>(j * step), at(j + 1), bits<V>((j + 1) * step));
  if (j < taps) best.take(at(j), bits<V>(j * step));
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
