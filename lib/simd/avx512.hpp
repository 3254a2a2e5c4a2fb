// AVX-512: tails are masks, shuffles are two-source permutes.
#pragma once

namespace poolnorm::avx512 {

constexpr bool portable_lanes = false;
constexpr bool few_registers = false;
constexpr bool max_is_exact = false;

POOLNORM_INLINE __mmask16 first16(std::int64_t n) { return static_cast<__mmask16>((1u << n) - 1u); }
POOLNORM_INLINE __mmask8 first8(std::int64_t n) { return static_cast<__mmask8>((1u << n) - 1u); }

POOLNORM_INLINE F32 pick_max(F32 a, F32 b) { return _mm512_max_ps(a, b); }
POOLNORM_INLINE F32 pick_min(F32 a, F32 b) { return _mm512_min_ps(a, b); }
POOLNORM_INLINE F32 max_with_nan(F32 a, F32 b) { return pick_max(a, b) | pick_max(b, a); }
POOLNORM_INLINE F32 min_with_nan(F32 a, F32 b) { return pick_min(a, b) | pick_min(b, a); }
POOLNORM_INLINE F64 max_with_nan(F64 a, F64 b) { return F64(_mm512_max_pd(a, b)) | F64(_mm512_max_pd(b, a)); }
POOLNORM_INLINE F64 min_with_nan(F64 a, F64 b) { return F64(_mm512_min_pd(a, b)) | F64(_mm512_min_pd(b, a)); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return a / b; }
POOLNORM_INLINE F64 divide(F64 a, F64 b) { return a / b; }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return _mm512_cmp_ps_mask(a, b, _CMP_UNORD_Q); }

#define POOLNORM_HAS_ADD_WHERE
POOLNORM_INLINE F32 add_where(F32 sum, I32::batch_bool_type where, F32 x) { return _mm512_mask_add_ps(sum, where, sum, x); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return _kor_mask16(a, b); }
#define POOLNORM_HAS_FEW_NANS
struct FewNans {
  __mmask16 numbers = 0xffff;
  POOLNORM_INLINE void see(F32 a, F32 b) { numbers = _mm512_mask_cmp_ps_mask(numbers, a, b, _CMP_ORD_Q); }
  POOLNORM_INLINE M32 seen() const { return _knot_mask16(numbers); }
};

POOLNORM_INLINE F32 load_n(const float* p, std::int64_t n) { return _mm512_maskz_loadu_ps(first16(n), p); }
POOLNORM_INLINE F64 load_n(const double* p, std::int64_t n) { return _mm512_maskz_loadu_pd(first8(n), p); }
POOLNORM_INLINE F32 load_within(const float* p, M32 within, std::int64_t, F32 other) {
  return _mm512_mask_loadu_ps(other, within, p);
}
POOLNORM_INLINE void store_n(float* p, F32 v, std::int64_t n) { _mm512_mask_storeu_ps(p, first16(n), v); }
POOLNORM_INLINE void store_n(double* p, F64 v, std::int64_t n) { _mm512_mask_storeu_pd(p, first8(n), v); }
POOLNORM_INLINE void stream(float* p, F32 v) { _mm512_stream_ps(p, v); }
POOLNORM_INLINE void stream_fence() { _mm_sfence(); }

POOLNORM_INLINE F32 behind(F32 a, F32 b) {
  return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), 15));
}
POOLNORM_INLINE F32 ahead(F32 a, F32 b) {
  return _mm512_castsi512_ps(_mm512_alignr_epi32(_mm512_castps_si512(b), _mm512_castps_si512(a), 1));
}

// a0 a1 .. b0 b1 ..  ->  evens, odds
POOLNORM_INLINE Pair<F32> deinterleave(F32 a, F32 b) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  return {_mm512_permutex2var_ps(a, even, b), _mm512_permutex2var_ps(a, odd, b)};
}

// a0 b0 a1 b1 ..
POOLNORM_INLINE Pair<F32> interleave(F32 a, F32 b) {
  const __m512i lo = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i hi = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  return {_mm512_permutex2var_ps(a, lo, b), _mm512_permutex2var_ps(a, hi, b)};
}
POOLNORM_INLINE Pair<F64> interleave(F64 a, F64 b) {
  const __m512i lo = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
  const __m512i hi = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
  return {_mm512_permutex2var_pd(a, lo, b), _mm512_permutex2var_pd(a, hi, b)};
}

POOLNORM_INLINE F64 evens(F64 a, F64 b) {
  return _mm512_permutex2var_pd(a, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), b);
}
POOLNORM_INLINE I16 evens(I16 a, I16 b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi32_epi16(a)), _mm512_cvtepi32_epi16(b), 1);
}
POOLNORM_INLINE __m512i even_bytes(__m512i a, __m512i b) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm512_cvtepi16_epi8(a)), _mm512_cvtepi16_epi8(b), 1);
}
POOLNORM_INLINE I8 evens(I8 a, I8 b) { return even_bytes(a, b); }
POOLNORM_INLINE U8 evens(U8 a, U8 b) { return even_bytes(a, b); }

POOLNORM_INLINE __mmask32 first32(std::int64_t n) { return static_cast<__mmask32>((1ull << n) - 1); }
POOLNORM_INLINE __mmask64 first64(std::int64_t n) { return static_cast<__mmask64>((1ull << n) - 1); }
POOLNORM_INLINE I8 load_n(const std::int8_t* p, std::int64_t n) { return _mm512_maskz_loadu_epi8(first64(n), p); }
POOLNORM_INLINE U8 load_n(const std::uint8_t* p, std::int64_t n) { return _mm512_maskz_loadu_epi8(first64(n), p); }
POOLNORM_INLINE I16 load_n(const std::int16_t* p, std::int64_t n) { return _mm512_maskz_loadu_epi16(first32(n), p); }
POOLNORM_INLINE I32 load_n(const std::int32_t* p, std::int64_t n) { return _mm512_maskz_loadu_epi32(first16(n), p); }
POOLNORM_INLINE void store_n(std::int8_t* p, I8 v, std::int64_t n) { _mm512_mask_storeu_epi8(p, first64(n), v); }
POOLNORM_INLINE void store_n(std::uint8_t* p, U8 v, std::int64_t n) { _mm512_mask_storeu_epi8(p, first64(n), v); }
POOLNORM_INLINE void store_n(std::int16_t* p, I16 v, std::int64_t n) { _mm512_mask_storeu_epi16(p, first32(n), v); }
POOLNORM_INLINE void store_n(std::int32_t* p, I32 v, std::int64_t n) { _mm512_mask_storeu_epi32(p, first16(n), v); }

struct H16 {
  __m256i v;
};
struct Q8 {
  __m128i v;
};
POOLNORM_INLINE H16 load16(const void* p) { return {_mm256_loadu_si256(static_cast<const __m256i*>(p))}; }
POOLNORM_INLINE H16 load16_n(const void* p, std::int64_t n) { return {_mm256_maskz_loadu_epi16(first16(n), p)}; }
POOLNORM_INLINE H16 load16_low(const void* p) {
  return {_mm256_zextsi128_si256(_mm_loadu_si128(static_cast<const __m128i*>(p)))};
}
POOLNORM_INLINE void store16(void* p, H16 h) { _mm256_storeu_si256(static_cast<__m256i*>(p), h.v); }
POOLNORM_INLINE void store16_n(void* p, H16 h, std::int64_t n) { _mm256_mask_storeu_epi16(p, first16(n), h.v); }
POOLNORM_INLINE Q8 load8(const void* p) { return {_mm_loadu_si128(static_cast<const __m128i*>(p))}; }
POOLNORM_INLINE Q8 load8_n(const void* p, std::int64_t n) { return {_mm_maskz_loadu_epi8(first16(n), p)}; }
POOLNORM_INLINE void store8(void* p, Q8 q) { _mm_storeu_si128(static_cast<__m128i*>(p), q.v); }
POOLNORM_INLINE void store8_n(void* p, Q8 q, std::int64_t n) { _mm_mask_storeu_epi8(p, first16(n), q.v); }
POOLNORM_INLINE I32 widen_unsigned(H16 h) { return _mm512_cvtepu16_epi32(h.v); }
POOLNORM_INLINE I32 widen_unsigned(Q8 q) { return _mm512_cvtepu8_epi32(q.v); }
POOLNORM_INLINE I32 widen_signed(Q8 q) { return _mm512_cvtepi8_epi32(q.v); }
POOLNORM_INLINE H16 narrow16(I32 v) { return {_mm512_cvtepi32_epi16(v)}; }
POOLNORM_INLINE Q8 narrow8(I32 v) { return {_mm512_cvtepi32_epi8(v)}; }
POOLNORM_INLINE U8 narrow8(I32 a, I32 b, I32 c, I32 d) {
  const __m512i packed = _mm512_packus_epi16(_mm512_packus_epi32(a, b), _mm512_packus_epi32(c, d));
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), packed);
}
// As half.hpp says them: words go to their places and back in one permutation, and what is a NaN is a mask.
#define POOLNORM_HAS_BF16
POOLNORM_INLINE F32 bf16_to_f32(H16 h) {
  const __m512i up = _mm512_setr_epi32(0, 1 << 16, 2 << 16, 3 << 16, 4 << 16, 5 << 16, 6 << 16, 7 << 16, 8 << 16, 9 << 16, 10 << 16,
                                       11 << 16, 12 << 16, 13 << 16, 14 << 16, 15 << 16);
  return _mm512_castsi512_ps(_mm512_maskz_permutexvar_epi16(0xaaaaaaaa, up, _mm512_castsi256_si512(h.v)));
}
POOLNORM_INLINE H16 f32_to_bf16(F32 v) {
  const __m512i bits = _mm512_castps_si512(v);
  const __mmask16 nan = _mm512_cmpgt_epi32_mask(_mm512_and_si512(bits, _mm512_set1_epi32(0x7fffffff)), _mm512_set1_epi32(0x7f800000));
  const __m512i even = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i up = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), even);
  const __m512i result = _mm512_mask_or_epi32(up, nan, bits, _mm512_set1_epi32(0x400000));
  const __m512i top = _mm512_setr_epi32(0x00030001, 0x00070005, 0x000b0009, 0x000f000d, 0x00130011, 0x00170015, 0x001b0019,
                                        0x001f001d, 0, 0, 0, 0, 0, 0, 0, 0);
  return {_mm512_castsi512_si256(_mm512_permutexvar_epi16(top, result))};
}
#define POOLNORM_HAS_F16
POOLNORM_INLINE F32 f16_to_f32(H16 h) { return _mm512_cvtph_ps(h.v); }
POOLNORM_INLINE H16 f32_to_f16(F32 v) { return {_mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)}; }

// Eight elements of two rows.
POOLNORM_INLINE F32 load_halves(const float* low, const float* high) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm256_loadu_ps(low)), _mm256_loadu_ps(high), 1);
}
POOLNORM_INLINE F32 load_halves_n(const float* low, const float* high, std::int64_t n) {
  const __m256 a = _mm256_maskz_loadu_ps(first8(n), low), b = _mm256_maskz_loadu_ps(first8(n), high);
  return _mm512_insertf32x8(_mm512_castps256_ps512(a), b, 1);
}
POOLNORM_INLINE F32 halves(float low, float high) {
  return _mm512_insertf32x8(_mm512_set1_ps(low), _mm256_set1_ps(high), 1);
}
POOLNORM_INLINE void store_halves(float* low, float* high, F32 v) {
  _mm256_storeu_ps(low, _mm512_castps512_ps256(v));
  _mm256_storeu_ps(high, _mm512_extractf32x8_ps(v, 1));
}
// A masked store of an extracted half is one instruction to GCC 12, vextractf32x8 to memory, which may
// fault on bytes that the mask leaves out; a whole vector's masked store may not.
POOLNORM_INLINE void store_halves_n(float* low, float* high, F32 v, std::int64_t n) {
  _mm512_mask_storeu_ps(low, first16(n), v);
  _mm512_mask_storeu_ps(high, first16(n), _mm512_shuffle_f32x4(v, v, 0x4e));
}

#define POOLNORM_HAS_SLIDE
using Slide = __m512i;
POOLNORM_INLINE Slide slide_by(std::int64_t n) {
  const __m512i iota = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_add_epi32(iota, _mm512_set1_epi32(static_cast<int>(n)));
}
POOLNORM_INLINE F32 slide(F32 a, F32 b, Slide by) { return _mm512_permutex2var_ps(a, by, b); }

// The 8x8 blocks in the low and in the high halves of eight vectors, each transposed.
POOLNORM_INLINE void transpose(F32 (&m)[8]) {
  __m512 a[8], b[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = _mm512_unpacklo_ps(m[i], m[i + 1]);
    a[i + 1] = _mm512_unpackhi_ps(m[i], m[i + 1]);
  }
  const auto pd = [](__m512 x) { return _mm512_castps_pd(x); };
  for (int i = 0; i < 8; i += 4) {
    b[i] = _mm512_castpd_ps(_mm512_unpacklo_pd(pd(a[i]), pd(a[i + 2])));
    b[i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(pd(a[i]), pd(a[i + 2])));
    b[i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(pd(a[i + 1]), pd(a[i + 3])));
    b[i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(pd(a[i + 1]), pd(a[i + 3])));
  }
  const __m512i even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
  const __m512i odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
  for (int i = 0; i < 4; ++i) {
    m[i] = _mm512_castpd_ps(_mm512_permutex2var_pd(pd(b[i]), even, pd(b[i + 4])));
    m[i + 4] = _mm512_castpd_ps(_mm512_permutex2var_pd(pd(b[i]), odd, pd(b[i + 4])));
  }
}

POOLNORM_INLINE F64 widen_load(const float* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(p)); }
POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) {
  return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(first8(n), p));
}
POOLNORM_INLINE __m256 narrow_plus_zero(F64 v) { return _mm256_add_ps(_mm512_cvtpd_ps(v), _mm256_setzero_ps()); }
POOLNORM_INLINE void narrow_store(float* p, F64 v) { _mm256_storeu_ps(p, narrow_plus_zero(v)); }
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) {
  _mm256_mask_storeu_ps(p, first8(n), narrow_plus_zero(v));
}
POOLNORM_INLINE Pair<F64> widen(F32 v) {
  return {_mm512_cvtps_pd(_mm512_castps512_ps256(v)), _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1))};
}
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(lo)), _mm512_cvtpd_ps(hi), 1);
}

}  // namespace poolnorm::avx512
