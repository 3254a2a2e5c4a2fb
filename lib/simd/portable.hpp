// No intrinsics: xsimd's emulated vectors, and arrays where xsimd has no word for it.
#pragma once

namespace poolnorm::portable {

constexpr bool portable_lanes = true;
constexpr bool few_registers = true;
constexpr bool max_is_exact = false;

POOLNORM_INLINE F32 pick_max(F32 a, F32 b) { return xsimd::select(a > b, a, b); }
POOLNORM_INLINE F32 pick_min(F32 a, F32 b) { return xsimd::select(a < b, a, b); }
POOLNORM_INLINE F32 max_with_nan(F32 a, F32 b) { return pick_max(a, b) | pick_max(b, a); }
POOLNORM_INLINE F32 min_with_nan(F32 a, F32 b) { return pick_min(a, b) | pick_min(b, a); }
POOLNORM_INLINE F64 max_with_nan(F64 a, F64 b) { return xsimd::select(a > b, a, b) | xsimd::select(b > a, b, a); }
POOLNORM_INLINE F64 min_with_nan(F64 a, F64 b) { return xsimd::select(a < b, a, b) | xsimd::select(b < a, b, a); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return a / b; }
POOLNORM_INLINE F64 divide(F64 a, F64 b) { return a / b; }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return (a != a) | (b != b); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return a | b; }

template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load_n(const T* p, std::int64_t n) {
  T lane[xsimd::batch<T, Arch>::size] = {};
  for (std::int64_t i = 0; i < n; ++i) lane[i] = p[i];
  return xsimd::batch<T, Arch>::load_unaligned(lane);
}
template <class T>
POOLNORM_INLINE void store_n(T* p, xsimd::batch<T, Arch> v, std::int64_t n) {
  T lane[xsimd::batch<T, Arch>::size];
  v.store_unaligned(lane);
  for (std::int64_t i = 0; i < n; ++i) p[i] = lane[i];
}
POOLNORM_INLINE void stream(float* p, F32 v) { v.store_unaligned(p); }
POOLNORM_INLINE void stream_fence() {}

POOLNORM_INLINE F32 lanes_from(F32 a, F32 b, int first) {
  float lane[8];
  a.store_unaligned(lane);
  b.store_unaligned(lane + 4);
  return F32::load_unaligned(lane + first);
}
POOLNORM_INLINE F32 behind(F32 a, F32 b) { return lanes_from(a, b, 3); }
POOLNORM_INLINE F32 ahead(F32 a, F32 b) { return lanes_from(a, b, 1); }

POOLNORM_INLINE Pair<F32> deinterleave(F32 a, F32 b) {
  float in[8], out[8];
  a.store_unaligned(in);
  b.store_unaligned(in + 4);
  for (int i = 0; i < 4; ++i) {
    out[i] = in[2 * i];
    out[4 + i] = in[2 * i + 1];
  }
  return {F32::load_unaligned(out), F32::load_unaligned(out + 4)};
}
template <class V>
POOLNORM_INLINE Pair<V> interleave(V a, V b) {
  using T = typename V::value_type;
  constexpr std::int64_t n = V::size;
  T x[n], y[n], out[2 * n];
  a.store_unaligned(x);
  b.store_unaligned(y);
  for (std::int64_t i = 0; i < n; ++i) {
    out[2 * i] = x[i];
    out[2 * i + 1] = y[i];
  }
  return {V::load_unaligned(out), V::load_unaligned(out + n)};
}

template <class V>
POOLNORM_INLINE V evens(V a, V b) {
  using T = typename V::value_type;
  constexpr std::int64_t n = V::size;
  T in[2 * n], out[n];
  a.store_unaligned(in);
  b.store_unaligned(in + n);
  for (std::int64_t i = 0; i < n; ++i) out[i] = in[2 * i];
  return V::load_unaligned(out);
}

struct H16 {
  std::uint16_t v[lanes32];
};
struct Q8 {
  std::uint8_t v[lanes32];
};
POOLNORM_INLINE H16 load16(const void* p) {
  H16 h;
  __builtin_memcpy(h.v, p, sizeof h.v);
  return h;
}
POOLNORM_INLINE H16 load16_low(const void* p) {
  H16 h = {};
  __builtin_memcpy(h.v, p, lanes64 * sizeof h.v[0]);
  return h;
}
POOLNORM_INLINE void store16(void* p, H16 h) { __builtin_memcpy(p, h.v, sizeof h.v); }
POOLNORM_INLINE Q8 load8(const void* p) {
  Q8 q;
  __builtin_memcpy(q.v, p, sizeof q.v);
  return q;
}
POOLNORM_INLINE void store8(void* p, Q8 q) { __builtin_memcpy(p, q.v, sizeof q.v); }
POOLNORM_INLINE H16 load16_n(const void* p, std::int64_t n) {
  H16 h = {};
  __builtin_memcpy(h.v, p, static_cast<std::size_t>(n) * sizeof h.v[0]);
  return h;
}
POOLNORM_INLINE Q8 load8_n(const void* p, std::int64_t n) {
  Q8 q = {};
  __builtin_memcpy(q.v, p, static_cast<std::size_t>(n));
  return q;
}
template <class From>
POOLNORM_INLINE I32 widen_unsigned(From h) {
  std::int32_t lane[lanes32];
  for (std::int64_t i = 0; i < lanes32; ++i) lane[i] = h.v[i];
  return I32::load_unaligned(lane);
}
POOLNORM_INLINE I32 widen_signed(Q8 q) {
  std::int32_t lane[lanes32];
  for (std::int64_t i = 0; i < lanes32; ++i) lane[i] = static_cast<std::int8_t>(q.v[i]);
  return I32::load_unaligned(lane);
}
template <class To>
POOLNORM_INLINE To narrow_to(I32 v) {
  std::int32_t lane[lanes32];
  v.store_unaligned(lane);
  To h;
  for (std::int64_t i = 0; i < lanes32; ++i) {
    h.v[i] = static_cast<std::uint8_t>(lane[i]);
    if constexpr (sizeof h.v[0] == 2) h.v[i] = static_cast<std::uint16_t>(lane[i]);
  }
  return h;
}
POOLNORM_INLINE H16 narrow16(I32 v) { return narrow_to<H16>(v); }
POOLNORM_INLINE H16 narrow_top16(I32 v) { return narrow16(v >> 16); }
POOLNORM_INLINE Q8 narrow8(I32 v) { return narrow_to<Q8>(v); }

POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) {
  double lane[lanes64] = {};
  for (std::int64_t i = 0; i < n; ++i) lane[i] = static_cast<double>(p[i]);
  return F64::load_unaligned(lane);
}
POOLNORM_INLINE F64 widen_load(const float* p) { return widen_load_n(p, lanes64); }
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) {
  double lane[lanes64];
  v.store_unaligned(lane);
  for (std::int64_t i = 0; i < n; ++i) p[i] = static_cast<float>(lane[i]) + 0.0f;
}
POOLNORM_INLINE void narrow_store(float* p, F64 v) { narrow_store_n(p, v, lanes64); }
POOLNORM_INLINE Pair<F64> widen(F32 v) {
  float lane[lanes32];
  v.store_unaligned(lane);
  return {widen_load(lane), widen_load(lane + lanes64)};
}
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) {
  double wide[lanes32];
  float lane[lanes32];
  lo.store_unaligned(wide);
  hi.store_unaligned(wide + lanes64);
  for (std::int64_t i = 0; i < lanes32; ++i) lane[i] = static_cast<float>(wide[i]);
  return F32::load_unaligned(lane);
}

}  // namespace poolnorm::portable
