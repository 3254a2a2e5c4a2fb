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
// Rounded correctly; xsimd's own is a reciprocal estimate with Newton steps here.
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return vdivq_f32(a, b); }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return vmvnq_u32(vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b))); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return a | b; }

POOLNORM_INLINE F32 load_n(const float* p, std::int64_t n) {
  float32x4_t v = vdupq_n_f32(0.0f);
  if (n > 0) v = vld1q_lane_f32(p, v, 0);
  if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
  if (n > 2) v = vld1q_lane_f32(p + 2, v, 2);
  return v;
}
POOLNORM_INLINE F64 load_n(const double* p, std::int64_t n) {
  const float64x2_t zero = vdupq_n_f64(0.0);
  return n == 0 ? zero : vld1q_lane_f64(p, zero, 0);
}
POOLNORM_INLINE void store_n(float* p, F32 v, std::int64_t n) {
  if (n > 0) vst1q_lane_f32(p, v, 0);
  if (n > 1) vst1q_lane_f32(p + 1, v, 1);
  if (n > 2) vst1q_lane_f32(p + 2, v, 2);
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

POOLNORM_INLINE F64 widen_load(const float* p) { return vcvt_f64_f32(vld1_f32(p)); }
POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) { return vcvt_f64_f32(vget_low_f32(load_n(p, n))); }
POOLNORM_INLINE float32x2_t narrow_plus_zero(F64 v) { return vadd_f32(vcvt_f32_f64(v), vdup_n_f32(0.0f)); }
POOLNORM_INLINE void narrow_store(float* p, F64 v) { vst1_f32(p, narrow_plus_zero(v)); }
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) {
  if (n != 0) vst1_lane_f32(p, narrow_plus_zero(v), 0);
}
POOLNORM_INLINE Pair<F64> widen(F32 v) { return {vcvt_f64_f32(vget_low_f32(v)), vcvt_high_f64_f32(v)}; }
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) { return vcvt_high_f32_f64(vcvt_f32_f64(lo), hi); }

}  // namespace poolnorm::neon
