// Compiled once per ISA, with that ISA's flags, into namespace bench::<isa>. Includes nothing that has
// code to share with other objects.
#include "kernels.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bench::POOLNORM_BENCH_ISA {
namespace {

#if defined(__AVX512F__)
constexpr std::size_t lanes = 16;
#elif defined(__AVX2__)
constexpr std::size_t lanes = 8;
#else
constexpr std::size_t lanes = 4;
#endif

typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));
typedef int Bits __attribute__((vector_size(lanes * sizeof(float))));
typedef double Wide __attribute__((vector_size(lanes * sizeof(float))));  // half as many lanes

// Returns `x` such that the compiler can neither foresee nor drop it. Costs no instruction.
template <class T>
inline T opaque(T x) {
#if defined(__AVX512F__)
  asm volatile("" : "+v"(x));
#elif defined(__x86_64__)
  asm volatile("" : "+x"(x));
#elif defined(__aarch64__)
  asm volatile("" : "+w"(x));
#else
  asm volatile("" : "+m"(x));
#endif
  return x;
}
// Memory may have changed: the next pass is not the same as this one.
inline void forget_memory() { asm volatile("" ::: "memory"); }

#if defined(__AVX512F__)
inline void stream(float* p, Vector v) { _mm512_stream_ps(p, v); }
inline Vector maximum(Vector a, Vector b) { return _mm512_max_ps(a, b); }
inline Wide low(Vector v) { return _mm512_cvtps_pd(_mm512_castps512_ps256(v)); }
inline Wide high(Vector v) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1)); }
inline Vector narrow(Wide a, Wide b) {
  return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(a)), _mm512_cvtpd_ps(b), 1);
}
#elif defined(__AVX2__)
inline void stream(float* p, Vector v) { _mm256_stream_ps(p, v); }
inline Vector maximum(Vector a, Vector b) { return _mm256_max_ps(a, b); }
inline Wide low(Vector v) { return _mm256_cvtps_pd(_mm256_castps256_ps128(v)); }
inline Wide high(Vector v) { return _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1)); }
inline Vector narrow(Wide a, Wide b) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm256_cvtpd_ps(a)), _mm256_cvtpd_ps(b), 1);
}
#elif defined(__x86_64__)
inline void stream(float* p, Vector v) { _mm_stream_ps(p, v); }
inline Vector maximum(Vector a, Vector b) { return _mm_max_ps(a, b); }
inline Wide low(Vector v) { return _mm_cvtps_pd(v); }
inline Wide high(Vector v) { return _mm_cvtps_pd(_mm_movehl_ps(v, v)); }
inline Vector narrow(Wide a, Wide b) { return _mm_movelh_ps(_mm_cvtpd_ps(a), _mm_cvtpd_ps(b)); }
#else
typedef float Half __attribute__((vector_size(lanes * sizeof(float) / 2)));
inline Vector maximum(Vector a, Vector b) { return a > b ? a : b; }
inline Wide low(Vector v) { return __builtin_convertvector(Half{v[0], v[1]}, Wide); }
inline Wide high(Vector v) { return __builtin_convertvector(Half{v[2], v[3]}, Wide); }
inline Vector narrow(Wide a, Wide b) {
  const Half x = __builtin_convertvector(a, Half), y = __builtin_convertvector(b, Half);
  return Vector{x[0], x[1], y[0], y[1]};
}
#endif
#if defined(__x86_64__)
constexpr bool has_streaming = true;
inline void fence() { _mm_sfence(); }
#else
constexpr bool has_streaming = false;
inline void stream(float* p, Vector v) { *reinterpret_cast<Vector*>(p) = v; }
inline void fence() {}
#endif

constexpr std::size_t block = 8;  // vectors in flight

template <bool streaming>
void copy(float* dst, const float* src, std::size_t floats, std::size_t passes) {
  for (std::size_t pass = 0; pass < passes; ++pass) {
    for (std::size_t i = 0; i < floats; i += block * lanes) {
      Vector v[block];
      for (std::size_t j = 0; j < block; ++j) v[j] = *reinterpret_cast<const Vector*>(src + i + j * lanes);
      for (std::size_t j = 0; j < block; ++j) {
        if constexpr (streaming) stream(dst + i + j * lanes, v[j]);
        else *reinterpret_cast<Vector*>(dst + i + j * lanes) = v[j];
      }
      forget_memory();
    }
    if constexpr (streaming) fence();
  }
}

void read(float*, const float* src, std::size_t floats, std::size_t passes) {
  for (std::size_t pass = 0; pass < passes; ++pass) {
    Bits any[block] = {};
    for (std::size_t i = 0; i < floats; i += block * lanes)
      for (std::size_t j = 0; j < block; ++j) any[j] |= *reinterpret_cast<const Bits*>(src + i + j * lanes);
    for (std::size_t j = 0; j < block; ++j) opaque(any[j]);
    forget_memory();
  }
}

template <bool streaming>
void write(float* dst, const float*, std::size_t floats, std::size_t passes) {
  const Vector v = opaque(Vector{});
  for (std::size_t pass = 0; pass < passes; ++pass) {
    for (std::size_t i = 0; i < floats; i += block * lanes) {
      for (std::size_t j = 0; j < block; ++j) {
        if constexpr (streaming) stream(dst + i + j * lanes, v);
        else *reinterpret_cast<Vector*>(dst + i + j * lanes) = v;
      }
      forget_memory();
    }
    if constexpr (streaming) fence();
  }
}

template <Arithmetic kind>
inline Vector step(Vector x, Vector y, Wide r, std::size_t chain) {
  if constexpr (kind == Arithmetic::add) return x - y;
  if constexpr (kind == Arithmetic::multiply) return x * y;
  if constexpr (kind == Arithmetic::maximum) return maximum(x, y);
  if constexpr (kind == Arithmetic::mixed) return chain % 3 == 0 ? x - y : chain % 3 == 1 ? x * y : maximum(x, y);
  if constexpr (kind == Arithmetic::divide) return x / y;
  return narrow(low(x) * r, high(x) * r);  // quotient
}

template <Arithmetic kind>
std::size_t arithmetic(std::size_t rounds) {
  constexpr std::size_t chains = 12;  // independent: enough for the latency of every operation
  const Vector one = opaque(Vector{} + 1.0f);
  const Wide factor = opaque(Wide{} + 1.0);
  Vector x[chains];
  for (std::size_t j = 0; j < chains; ++j) x[j] = opaque(one);
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t j = 0; j < chains; ++j) x[j] = opaque(step<kind>(x[j], one, factor, j));
  return rounds * chains * lanes;
}

// Here the sums are the chains; the floats are always the same.
template <>
std::size_t arithmetic<Arithmetic::widen>(std::size_t rounds) {
  constexpr std::size_t chains = 5;
  Wide sums[2 * chains] = {};
  const Vector one = opaque(Vector{} + 1.0f);
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t j = 0; j < chains; ++j) {
      const Vector x = opaque(one);
      sums[2 * j] += low(x);
      sums[2 * j + 1] += high(x);
    }
  for (const Wide& sum : sums) opaque(sum);
  return rounds * chains * lanes;
}

}  // namespace

extern const RooflineKernels roofline_kernels;
const RooflineKernels roofline_kernels = {
    copy<false>,
    has_streaming ? copy<true> : nullptr,
    read,
    write<false>,
    has_streaming ? write<true> : nullptr,
    {arithmetic<Arithmetic::add>, arithmetic<Arithmetic::multiply>, arithmetic<Arithmetic::maximum>,
     arithmetic<Arithmetic::mixed>, arithmetic<Arithmetic::divide>, arithmetic<Arithmetic::quotient>,
     arithmetic<Arithmetic::widen>},
};

}  // namespace bench::POOLNORM_BENCH_ISA
