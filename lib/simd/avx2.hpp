// AVX2: tails load through a mask; they store in halves, as masked stores are slow on some CPUs.
#pragma once

namespace poolnorm::avx2 {

constexpr bool portable_lanes = false;
constexpr bool few_registers = true;
constexpr bool max_is_exact = false;

alignas(32) constexpr std::int32_t tail_mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

POOLNORM_INLINE __m256i first(std::int64_t n, int per_lane) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(tail_mask + 8 - n * per_lane));
}

POOLNORM_INLINE F32 pick_max(F32 a, F32 b) { return _mm256_max_ps(a, b); }
POOLNORM_INLINE F32 pick_min(F32 a, F32 b) { return _mm256_min_ps(a, b); }
POOLNORM_INLINE F32 max_with_nan(F32 a, F32 b) { return pick_max(a, b) | pick_max(b, a); }
POOLNORM_INLINE F32 min_with_nan(F32 a, F32 b) { return pick_min(a, b) | pick_min(b, a); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return a / b; }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return _mm256_cmp_ps(a, b, _CMP_UNORD_Q); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return a | b; }

POOLNORM_INLINE F32 load_n(const float* p, std::int64_t n) { return _mm256_maskload_ps(p, first(n, 1)); }
POOLNORM_INLINE F64 load_n(const double* p, std::int64_t n) { return _mm256_maskload_pd(p, first(n, 2)); }

POOLNORM_INLINE void store_n(float* p, __m128 v, std::int64_t n) {
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), v);
    v = _mm_movehl_ps(v, v);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, v);
}
POOLNORM_INLINE void store_n(float* p, F32 v, std::int64_t n) {
  __m128 low = _mm256_castps256_ps128(v);
  if (n & 4) {
    _mm_storeu_ps(p, low);
    low = _mm256_extractf128_ps(v, 1);
    p += 4;
  }
  store_n(p, low, n & 3);
}
POOLNORM_INLINE void store_n(double* p, F64 v, std::int64_t n) {
  __m128d low = _mm256_castpd256_pd128(v);
  if (n & 2) {
    _mm_storeu_pd(p, low);
    low = _mm256_extractf128_pd(v, 1);
    p += 2;
  }
  if (n & 1) _mm_store_sd(p, low);
}
POOLNORM_INLINE void stream(float* p, F32 v) { _mm256_stream_ps(p, v); }
POOLNORM_INLINE void stream_fence() { _mm_sfence(); }

POOLNORM_INLINE F32 behind(F32 a, F32 b) {
  const __m256i low = _mm256_castps_si256(_mm256_permute2f128_ps(a, b, 0x21));
  return _mm256_castsi256_ps(_mm256_alignr_epi8(_mm256_castps_si256(b), low, 12));
}
POOLNORM_INLINE F32 ahead(F32 a, F32 b) {
  const __m256i high = _mm256_castps_si256(_mm256_permute2f128_ps(a, b, 0x21));
  return _mm256_castsi256_ps(_mm256_alignr_epi8(high, _mm256_castps_si256(a), 4));
}

POOLNORM_INLINE Pair<F32> deinterleave(F32 a, F32 b) {
  const __m256 even = _mm256_shuffle_ps(a, b, 0x88);
  const __m256 odd = _mm256_shuffle_ps(a, b, 0xdd);
  return {_mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(even), 0xd8)),
          _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(odd), 0xd8))};
}
POOLNORM_INLINE Pair<F32> interleave(F32 a, F32 b) {
  const __m256 lo = _mm256_unpacklo_ps(a, b), hi = _mm256_unpackhi_ps(a, b);
  return {_mm256_permute2f128_ps(lo, hi, 0x20), _mm256_permute2f128_ps(lo, hi, 0x31)};
}
POOLNORM_INLINE Pair<F64> interleave(F64 a, F64 b) {
  const __m256d lo = _mm256_unpacklo_pd(a, b), hi = _mm256_unpackhi_pd(a, b);
  return {_mm256_permute2f128_pd(lo, hi, 0x20), _mm256_permute2f128_pd(lo, hi, 0x31)};
}

POOLNORM_INLINE F64 widen_load(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }
POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) {
  return _mm256_cvtps_pd(_mm_maskload_ps(p, _mm256_castsi256_si128(first(n, 1))));
}
POOLNORM_INLINE __m128 narrow_plus_zero(F64 v) { return _mm_add_ps(_mm256_cvtpd_ps(v), _mm_setzero_ps()); }
POOLNORM_INLINE void narrow_store(float* p, F64 v) { _mm_storeu_ps(p, narrow_plus_zero(v)); }
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) { store_n(p, narrow_plus_zero(v), n); }
POOLNORM_INLINE Pair<F64> widen(F32 v) {
  return {_mm256_cvtps_pd(_mm256_castps256_ps128(v)), _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1))};
}
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) { return _mm256_set_m128(_mm256_cvtpd_ps(hi), _mm256_cvtpd_ps(lo)); }

}  // namespace poolnorm::avx2
