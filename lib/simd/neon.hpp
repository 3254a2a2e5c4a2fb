// NEON (AArch64). FMAX and FMIN return NaN when either operand is one, so max needs no watching.
#pragma once

namespace poolnorm::neon {

constexpr bool portable_lanes = false;
constexpr bool few_registers = false;
constexpr bool max_is_exact = true;

POOLNORM_INLINE F32 pick_max(F32 a, F32 b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
POOLNORM_INLINE F32 pick_min(F32 a, F32 b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
POOLNORM_INLINE F32 max_with_nan(F32 a, F32 b) { return vmaxq_f32(a, b); }
POOLNORM_INLINE F32 min_with_nan(F32 a, F32 b) { return vminq_f32(a, b); }
POOLNORM_INLINE F64 max_with_nan(F64 a, F64 b) { return vmaxq_f64(a, b); }
POOLNORM_INLINE F64 min_with_nan(F64 a, F64 b) { return vminq_f64(a, b); }
// Rounded correctly; xsimd's own is a reciprocal estimate with Newton steps here.
POOLNORM_INLINE F32 square_root(F32 v) { return vsqrtq_f32(v); }
POOLNORM_INLINE F64 square_root(F64 v) { return vsqrtq_f64(v); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return vdivq_f32(a, b); }
POOLNORM_INLINE F64 divide(F64 a, F64 b) { return vdivq_f64(a, b); }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return vmvnq_u32(vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b))); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return a | b; }

// One element, +0 behind it: a scalar load does that by itself.
POOLNORM_INLINE float32x2_t load_one(const float* p) { return vset_lane_f32(*p, vdup_n_f32(0.0f), 0); }
// Halves, which load side by side; lanes one by one would wait for each other.
POOLNORM_INLINE F32 load_n(const float* p, std::int64_t n) {
  const float32x2_t zero = vdup_n_f32(0.0f);
  if (n == 0) return vdupq_n_f32(0.0f);
  if (n == 1) return vcombine_f32(load_one(p), zero);
  return vcombine_f32(vld1_f32(p), n == 2 ? zero : load_one(p + 2));
}
POOLNORM_INLINE F64 load_n(const double* p, std::int64_t n) {
  const float64x1_t zero = vdup_n_f64(0.0);
  return vcombine_f64(n == 0 ? zero : vld1_f64(p), zero);
}
POOLNORM_INLINE void store_n(float* p, F32 v, std::int64_t n) {
  float32x2_t half = vget_low_f32(v);
  if (n & 2) {
    vst1_f32(p, half);
    half = vget_high_f32(v);
    p += 2;
  }
  if (n & 1) vst1_lane_f32(p, half, 0);
}
POOLNORM_INLINE void store_n(double* p, F64 v, std::int64_t n) {
  if (n != 0) vst1q_lane_f64(p, v, 0);
}
POOLNORM_INLINE void stream(float* p, F32 v) { vst1q_f32(p, v); }
POOLNORM_INLINE void stream_fence() {}

POOLNORM_INLINE F32 behind(F32 a, F32 b) { return vextq_f32(a, b, 3); }
POOLNORM_INLINE F32 ahead(F32 a, F32 b) { return vextq_f32(a, b, 1); }

POOLNORM_INLINE Pair<F32> deinterleave(F32 a, F32 b) { return {vuzp1q_f32(a, b), vuzp2q_f32(a, b)}; }
POOLNORM_INLINE Pair<F32> interleave(F32 a, F32 b) { return {vzip1q_f32(a, b), vzip2q_f32(a, b)}; }
POOLNORM_INLINE Pair<F64> interleave(F64 a, F64 b) { return {vzip1q_f64(a, b), vzip2q_f64(a, b)}; }

POOLNORM_INLINE F64 evens(F64 a, F64 b) { return vuzp1q_f64(a, b); }
POOLNORM_INLINE I16 evens(I16 a, I16 b) { return vuzp1q_s16(a, b); }
POOLNORM_INLINE I8 evens(I8 a, I8 b) { return vuzp1q_s8(a, b); }
POOLNORM_INLINE U8 evens(U8 a, U8 b) { return vuzp1q_u8(a, b); }

// Of small elements.
template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load_n(const T* p, std::int64_t n) {
  return reinterpret_cast<typename xsimd::batch<T, Arch>::register_type>(first_bytes(p, n * static_cast<std::int64_t>(sizeof(T))));
}

struct H16 {
  uint16x4_t v;
};
struct Q8 {
  uint8x8_t v;  // its low half
};
POOLNORM_INLINE H16 h16_of(Bytes16 b) { return {vreinterpret_u16_u8(vget_low_u8(b))}; }
POOLNORM_INLINE Q8 q8_of(Bytes16 b) { return {vget_low_u8(b)}; }
POOLNORM_INLINE H16 load16(const void* p) { return {vld1_u16(static_cast<const std::uint16_t*>(p))}; }
POOLNORM_INLINE H16 load16_low(const void* p) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, p, 4);
  return {vcreate_u16(bits)};
}
POOLNORM_INLINE void store16(void* p, H16 h) { vst1_u16(static_cast<std::uint16_t*>(p), h.v); }
POOLNORM_INLINE Q8 load8(const void* p) {
  std::uint32_t bits;
  __builtin_memcpy(&bits, p, 4);
  return {vcreate_u8(bits)};
}
POOLNORM_INLINE void store8(void* p, Q8 q) {
  const std::uint32_t bits = vget_lane_u32(vreinterpret_u32_u8(q.v), 0);
  __builtin_memcpy(p, &bits, 4);
}
POOLNORM_INLINE I32 widen_unsigned(H16 h) { return vreinterpretq_s32_u32(vmovl_u16(h.v)); }
POOLNORM_INLINE I32 widen_unsigned(Q8 q) {
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(q.v))));
}
POOLNORM_INLINE I32 widen_signed(Q8 q) { return vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(q.v)))); }
POOLNORM_INLINE H16 narrow_top16(I32 v) { return {vshrn_n_u32(vreinterpretq_u32_s32(v), 16)}; }
POOLNORM_INLINE H16 narrow16(I32 v) { return {vmovn_u32(vreinterpretq_u32_s32(v))}; }
POOLNORM_INLINE Q8 narrow8(I32 v) {
  const uint16x4_t half = vmovn_u32(vreinterpretq_u32_s32(v));
  return {vmovn_u16(vcombine_u16(half, half))};
}
POOLNORM_INLINE U8 narrow8(I32 a, I32 b, I32 c, I32 d) {
  const auto evens_of = [](I32 x, I32 y) {
    return vreinterpretq_u8_u16(vuzp1q_u16(vreinterpretq_u16_s32(x), vreinterpretq_u16_s32(y)));
  };
  return vuzp1q_u8(evens_of(a, b), evens_of(c, d));
}
#define POOLNORM_HAS_F16
POOLNORM_INLINE F32 f16_to_f32(H16 h) { return vcvt_f32_f16(vreinterpret_f16_u16(h.v)); }
POOLNORM_INLINE H16 f32_to_f16(F32 v) { return {vreinterpret_u16_f16(vcvt_f16_f32(v))}; }

POOLNORM_INLINE F64 widen_load(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) {
  return vcvt_f64_f32(n == 0 ? vdup_n_f32(0.0f) : load_one(p));
}
POOLNORM_INLINE float32x2_t narrow_plus_zero(F64 v) { return vadd_f32(vcvt_f32_f64(v), vdup_n_f32(0.0f)); }
POOLNORM_INLINE void narrow_store(float* p, F64 v) { vst1_f32(p, narrow_plus_zero(v)); }
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) {
  if (n != 0) vst1_lane_f32(p, narrow_plus_zero(v), 0);
}
POOLNORM_INLINE Pair<F64> widen(F32 v) { return {vcvt_f64_f32(vget_low_f32(v)), vcvt_high_f64_f32(v)}; }
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) { return vcvt_high_f32_f64(vcvt_f32_f64(lo), hi); }

}  // namespace poolnorm::neon
