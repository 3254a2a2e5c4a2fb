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
POOLNORM_INLINE F64 max_with_nan(F64 a, F64 b) { return F64(_mm256_max_pd(a, b)) | F64(_mm256_max_pd(b, a)); }
POOLNORM_INLINE F64 min_with_nan(F64 a, F64 b) { return F64(_mm256_min_pd(a, b)) | F64(_mm256_min_pd(b, a)); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return a / b; }
POOLNORM_INLINE F64 divide(F64 a, F64 b) { return a / b; }
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

POOLNORM_INLINE F64 evens(F64 a, F64 b) { return _mm256_permute4x64_pd(_mm256_unpacklo_pd(a, b), 0xd8); }
POOLNORM_INLINE I16 evens(I16 a, I16 b) {
  const __m256i low = _mm256_set1_epi32(0xffff);
  const __m256i packed = _mm256_packus_epi32(_mm256_and_si256(a, low), _mm256_and_si256(b, low));
  return _mm256_permute4x64_epi64(packed, 0xd8);
}
POOLNORM_INLINE __m256i even_bytes(__m256i a, __m256i b) {
  const __m256i low = _mm256_set1_epi16(0xff);
  const __m256i packed = _mm256_packus_epi16(_mm256_and_si256(a, low), _mm256_and_si256(b, low));
  return _mm256_permute4x64_epi64(packed, 0xd8);
}
POOLNORM_INLINE I8 evens(I8 a, I8 b) { return even_bytes(a, b); }
POOLNORM_INLINE U8 evens(U8 a, U8 b) { return even_bytes(a, b); }

// Fewer than 32, as first_bytes().
POOLNORM_NOINLINE __m256i first_bytes_of_two(const void* from, std::int64_t n) {
  const char* const p = static_cast<const char*>(from);
  if (n < 16) return _mm256_inserti128_si256(_mm256_setzero_si256(), first_bytes(p, n), 0);
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(low), first_bytes(p + 16, n - 16), 1);
}
// Of small elements.
template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load_n(const T* p, std::int64_t n) {
  return first_bytes_of_two(p, n * static_cast<std::int64_t>(sizeof(T)));
}

struct H16 {
  __m128i v;
};
struct Q8 {
  __m128i v;  // its low half
};
POOLNORM_INLINE H16 h16_of(Bytes16 b) { return {b}; }
POOLNORM_INLINE Q8 q8_of(Bytes16 b) { return {b}; }
POOLNORM_INLINE H16 load16(const void* p) { return {_mm_loadu_si128(static_cast<const __m128i*>(p))}; }
POOLNORM_INLINE H16 load16_low(const void* p) { return {_mm_loadl_epi64(static_cast<const __m128i*>(p))}; }
POOLNORM_INLINE void store16(void* p, H16 h) { _mm_storeu_si128(static_cast<__m128i*>(p), h.v); }
POOLNORM_INLINE Q8 load8(const void* p) { return {_mm_loadl_epi64(static_cast<const __m128i*>(p))}; }
POOLNORM_INLINE void store8(void* p, Q8 q) { _mm_storel_epi64(static_cast<__m128i*>(p), q.v); }
POOLNORM_INLINE I32 widen_unsigned(H16 h) { return _mm256_cvtepu16_epi32(h.v); }
POOLNORM_INLINE I32 widen_unsigned(Q8 q) { return _mm256_cvtepu8_epi32(q.v); }
POOLNORM_INLINE I32 widen_signed(Q8 q) { return _mm256_cvtepi8_epi32(q.v); }
POOLNORM_INLINE H16 narrow16(I32 v) {
  const __m256i low = _mm256_and_si256(v, _mm256_set1_epi32(0xffff));
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
  return {_mm256_castsi256_si128(packed)};
}
POOLNORM_INLINE H16 narrow_top16(I32 v) {
  const __m256i top = _mm256_srli_epi32(v, 16);
  const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(top, top), 0x08);
  return {_mm256_castsi256_si128(packed)};
}
POOLNORM_INLINE Q8 narrow8(I32 v) {
  const H16 h = narrow16(v);
  const __m128i low = _mm_and_si128(h.v, _mm_set1_epi16(0xff));
  return {_mm_packus_epi16(low, low)};
}
POOLNORM_INLINE U8 narrow8(I32 a, I32 b, I32 c, I32 d) {
  const __m256i packed = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
  return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
#define POOLNORM_HAS_F16
POOLNORM_INLINE F32 f16_to_f32(H16 h) { return _mm256_cvtph_ps(h.v); }
POOLNORM_INLINE H16 f32_to_f16(F32 v) { return {_mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }

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
