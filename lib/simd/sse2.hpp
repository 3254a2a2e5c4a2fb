// SSE2: the x86-64 baseline.
#pragma once

namespace poolnorm::sse2 {

constexpr bool portable_lanes = false;
constexpr bool few_registers = true;
constexpr bool max_is_exact = false;

POOLNORM_INLINE F32 pick_max(F32 a, F32 b) { return _mm_max_ps(a, b); }
POOLNORM_INLINE F32 pick_min(F32 a, F32 b) { return _mm_min_ps(a, b); }
POOLNORM_INLINE F32 max_with_nan(F32 a, F32 b) { return pick_max(a, b) | pick_max(b, a); }
POOLNORM_INLINE F32 min_with_nan(F32 a, F32 b) { return pick_min(a, b) | pick_min(b, a); }
POOLNORM_INLINE F64 max_with_nan(F64 a, F64 b) { return F64(_mm_max_pd(a, b)) | F64(_mm_max_pd(b, a)); }
POOLNORM_INLINE F64 min_with_nan(F64 a, F64 b) { return F64(_mm_min_pd(a, b)) | F64(_mm_min_pd(b, a)); }
POOLNORM_INLINE F32 divide(F32 a, F32 b) { return a / b; }
POOLNORM_INLINE F64 divide(F64 a, F64 b) { return a / b; }
POOLNORM_INLINE M32 unordered(F32 a, F32 b) { return _mm_cmpunord_ps(a, b); }
POOLNORM_INLINE M32 either(M32 a, M32 b) { return a | b; }

POOLNORM_INLINE F32 load_n(const float* p, std::int64_t n) {
  if (n == 0) return _mm_setzero_ps();
  if (n == 1) return _mm_load_ss(p);
  const __m128 low = _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(p));
  return n == 2 ? low : _mm_movelh_ps(low, _mm_load_ss(p + 2));
}
POOLNORM_INLINE F64 load_n(const double* p, std::int64_t n) { return n == 0 ? _mm_setzero_pd() : _mm_load_sd(p); }
POOLNORM_INLINE void store_n(float* p, F32 v, std::int64_t n) {
  __m128 low = v;
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(p), low);
    low = _mm_movehl_ps(low, low);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, low);
}
POOLNORM_INLINE void store_n(double* p, F64 v, std::int64_t n) {
  if (n != 0) _mm_store_sd(p, v);
}
POOLNORM_INLINE void stream(float* p, F32 v) { _mm_stream_ps(p, v); }
POOLNORM_INLINE void stream_fence() { _mm_sfence(); }

POOLNORM_INLINE F32 behind(F32 a, F32 b) {
  const __m128 edge = _mm_shuffle_ps(a, b, 0x03);  // a3 . b0 .
  return _mm_shuffle_ps(edge, b, 0x98);
}
POOLNORM_INLINE F32 ahead(F32 a, F32 b) {
  const __m128 t = _mm_move_ss(a, b);
  return _mm_shuffle_ps(t, t, 0x39);
}

POOLNORM_INLINE Pair<F32> deinterleave(F32 a, F32 b) { return {_mm_shuffle_ps(a, b, 0x88), _mm_shuffle_ps(a, b, 0xdd)}; }
POOLNORM_INLINE Pair<F32> interleave(F32 a, F32 b) { return {_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b)}; }
POOLNORM_INLINE Pair<F64> interleave(F64 a, F64 b) { return {_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b)}; }

// The low 16 bits of every lane, as signed numbers that packing does not saturate.
POOLNORM_INLINE __m128i low16(__m128i v) { return _mm_srai_epi32(_mm_slli_epi32(v, 16), 16); }
POOLNORM_INLINE __m128i even_bytes(__m128i a, __m128i b) {
  const __m128i low = _mm_set1_epi16(0xff);
  return _mm_packus_epi16(_mm_and_si128(a, low), _mm_and_si128(b, low));
}
POOLNORM_INLINE F64 evens(F64 a, F64 b) { return _mm_unpacklo_pd(a, b); }
POOLNORM_INLINE I16 evens(I16 a, I16 b) { return _mm_packs_epi32(low16(a), low16(b)); }
POOLNORM_INLINE I8 evens(I8 a, I8 b) { return even_bytes(a, b); }
POOLNORM_INLINE U8 evens(U8 a, U8 b) { return even_bytes(a, b); }

// Of small elements.
template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load_n(const T* p, std::int64_t n) {
  return first_bytes(p, n * static_cast<std::int64_t>(sizeof(T)));
}

struct H16 {
  __m128i v;  // its low half
};
struct Q8 {
  __m128i v;  // its low quarter
};
POOLNORM_INLINE H16 h16_of(Bytes16 b) { return {b}; }
POOLNORM_INLINE Q8 q8_of(Bytes16 b) { return {b}; }
POOLNORM_INLINE H16 load16(const void* p) { return {_mm_loadl_epi64(static_cast<const __m128i*>(p))}; }
POOLNORM_INLINE H16 load16_low(const void* p) {
  int bits;
  __builtin_memcpy(&bits, p, 4);
  return {_mm_cvtsi32_si128(bits)};
}
POOLNORM_INLINE void store16(void* p, H16 h) { _mm_storel_epi64(static_cast<__m128i*>(p), h.v); }
POOLNORM_INLINE Q8 load8(const void* p) {
  int bits;
  __builtin_memcpy(&bits, p, 4);
  return {_mm_cvtsi32_si128(bits)};
}
POOLNORM_INLINE void store8(void* p, Q8 q) {
  const int bits = _mm_cvtsi128_si32(q.v);
  __builtin_memcpy(p, &bits, 4);
}
POOLNORM_INLINE I32 widen_unsigned(H16 h) { return _mm_unpacklo_epi16(h.v, _mm_setzero_si128()); }
POOLNORM_INLINE I32 widen_unsigned(Q8 q) {
  return _mm_unpacklo_epi16(_mm_unpacklo_epi8(q.v, _mm_setzero_si128()), _mm_setzero_si128());
}
POOLNORM_INLINE I32 widen_signed(Q8 q) {
  const __m128i twice = _mm_unpacklo_epi8(q.v, q.v);
  return _mm_srai_epi32(_mm_unpacklo_epi16(twice, twice), 24);
}
POOLNORM_INLINE H16 narrow16(I32 v) {
  const __m128i low = low16(v);
  return {_mm_packs_epi32(low, low)};
}
POOLNORM_INLINE H16 narrow_top16(I32 v) {
  const __m128i top = _mm_srai_epi32(v, 16);
  return {_mm_packs_epi32(top, top)};
}
POOLNORM_INLINE Q8 narrow8(I32 v) {
  const __m128i low = _mm_and_si128(v, _mm_set1_epi32(0xff));
  const __m128i half = _mm_packs_epi32(low, low);
  return {_mm_packus_epi16(half, half)};
}
POOLNORM_INLINE U8 narrow8(I32 a, I32 b, I32 c, I32 d) {
  return _mm_packus_epi16(_mm_packs_epi32(a, b), _mm_packs_epi32(c, d));
}

POOLNORM_INLINE F64 widen_load(const float* p) { return _mm_cvtps_pd(load_n(p, 2)); }
POOLNORM_INLINE F64 widen_load_n(const float* p, std::int64_t n) { return _mm_cvtps_pd(load_n(p, n)); }
POOLNORM_INLINE F32 narrow_plus_zero(F64 v) { return _mm_add_ps(_mm_cvtpd_ps(v), _mm_setzero_ps()); }
POOLNORM_INLINE void narrow_store(float* p, F64 v) {
  _mm_storel_pi(reinterpret_cast<__m64*>(p), narrow_plus_zero(v));
}
POOLNORM_INLINE void narrow_store_n(float* p, F64 v, std::int64_t n) { store_n(p, narrow_plus_zero(v), n); }
POOLNORM_INLINE Pair<F64> widen(F32 v) { return {_mm_cvtps_pd(v), _mm_cvtps_pd(_mm_movehl_ps(v, v))}; }
POOLNORM_INLINE F32 narrow(F64 lo, F64 hi) { return _mm_movelh_ps(_mm_cvtpd_ps(lo), _mm_cvtpd_ps(hi)); }

}  // namespace poolnorm::sse2
