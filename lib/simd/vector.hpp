// Vectors of one ISA: what the kernels need beyond plain xsimd. A file per ISA defines the same
// functions; xsimd serves everything that is the same everywhere.
//
// pick_max(a, b) is a > b ? a : b, and pick_min likewise: b wins a comparison with NaN and a tie.
// max_with_nan(a, b) is NaN when either is; of zeros it may return either. `max_is_exact` says that
// it costs no more than pick_max; `portable_lanes` that lanes are array elements, not a register;
// `few_registers` that there are 16 of them, not 32.
// slide(a, b, slide_by(n)) is lanes n .. n + lanes - 1 of a followed by b, n <= lanes; `has_slide` says
// that it is one instruction: such an ISA defines POOLNORM_HAS_SLIDE.
// behind(a, b) is a's last lane and then b's but the last; ahead(a, b) is a's but the first and then b's
// first.
// narrow_store rounds to f32 and stores every zero as +0.
// evens(a, b) is every other lane of a followed by b.
// H16 and Q8 hold lanes32 elements of 16 and of 8 bits: widen_unsigned and widen_signed make them 32 bits wide,
// narrow16 and narrow8 keep the low bits, narrow_top16 the upper half; narrow8 of four vectors (not of portable lanes) is
// of numbers from 0 to 255. f16_to_f32 and f32_to_f16 (to nearest even, NaNs quiet) where the ISA has instructions for
// it: it defines POOLNORM_HAS_F16. bf16_to_f32 and f32_to_bf16 where it has better ones than half.hpp takes, and
// POOLNORM_HAS_BF16; narrow_top16 is not there then.
// load16_low loads lanes64 elements of 16 bits.
// FewNans watches some vectors for NaN: a compare for two of them, and no more on AVX-512, where each waits for the last.
// add_where(sum, where, x) is sum + x in some lanes, sum in others; of a sum that is not -0.
// load_within(p, within, n, other) loads the lanes of the mask, the first n, which may be all of them; others are other's.
// Partial loads leave the lanes from n on at +0; partial accesses touch n elements, 0 <= n < lanes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

#include "simd/portability.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

using Arch = xsimd::POOLNORM_XSIMD_ARCH;
using F32 = xsimd::batch<float, Arch>;
using F64 = xsimd::batch<double, Arch>;
using I8 = xsimd::batch<std::int8_t, Arch>;
using U8 = xsimd::batch<std::uint8_t, Arch>;
using I16 = xsimd::batch<std::int16_t, Arch>;
using I32 = xsimd::batch<std::int32_t, Arch>;
using M32 = F32::batch_bool_type;

constexpr std::int64_t lanes32 = F32::size;
constexpr std::int64_t lanes64 = F64::size;
constexpr std::int64_t vectors_of_line = 64 / static_cast<std::int64_t>(sizeof(float)) / lanes32;

template <class V>
struct Pair {
  V first, second;
};

// The same bits as lanes of T.
template <class T, class V>
POOLNORM_INLINE xsimd::batch<T, Arch> bits_as(V v) {
#if defined(POOLNORM_ISA_NEON)  // xsimd's makes a table of 81 functions of every use: two thirds of the time to compile
  return reinterpret_cast<typename xsimd::batch<T, Arch>::register_type>(v.data);
#else
  return xsimd::bitwise_cast<T>(v);
#endif
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA

#if !defined(POOLNORM_ISA_AVX512) && !defined(POOLNORM_ISA_PORTABLE)
#include "simd/first_bytes.hpp"
#endif
#if defined(POOLNORM_ISA_AVX512)
#include "simd/avx512.hpp"
#elif defined(POOLNORM_ISA_AVX2)
#include "simd/avx2.hpp"
#elif defined(POOLNORM_ISA_SSE2)
#include "simd/sse2.hpp"
#elif defined(POOLNORM_ISA_NEON)
#include "simd/neon.hpp"
#else
#include "simd/portable.hpp"
#endif
#if !defined(POOLNORM_ISA_AVX512)
#include "simd/pieces.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

POOLNORM_INLINE F32 load_within(const float* p, M32 within, std::int64_t n, F32 other) {
  return n >= lanes32 ? F32::load_unaligned(p) : xsimd::select(within, load_n(p, n), other);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
#endif

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class T>
POOLNORM_INLINE xsimd::batch<T, Arch> load(const T* p) {
  return xsimd::batch<T, Arch>::load_unaligned(p);
}
template <class T>
POOLNORM_INLINE void store(T* p, xsimd::batch<T, Arch> v) {
  v.store_unaligned(p);
}

POOLNORM_INLINE F64 pick_max(F64 a, F64 b) { return xsimd::select(a > b, a, b); }
POOLNORM_INLINE F64 pick_min(F64 a, F64 b) { return xsimd::select(a < b, a, b); }

// Correctly rounded; xsimd's of NEON is an estimate.
#if !defined(POOLNORM_ISA_NEON)
template <class V>
POOLNORM_INLINE V square_root(V v) {
  return xsimd::sqrt(v);
}
#endif

#if !defined(POOLNORM_HAS_FEW_NANS)
struct FewNans {
  M32 met{false};
  POOLNORM_INLINE void see(F32 a, F32 b) { met = either(met, unordered(a, b)); }
  POOLNORM_INLINE M32 seen() const { return met; }
};
#endif

#if !defined(POOLNORM_HAS_ADD_WHERE)
POOLNORM_INLINE F32 add_where(F32 sum, I32::batch_bool_type where, F32 x) {
  return sum + bits_as<float>(xsimd::select(where, bits_as<std::int32_t>(x), I32(0)));
}
#endif

#if defined(POOLNORM_HAS_SLIDE)
constexpr bool has_slide = true;
#else
constexpr bool has_slide = false;
using Slide = std::int64_t;
POOLNORM_INLINE Slide slide_by(std::int64_t n) { return n; }
POOLNORM_INLINE F32 slide(F32 a, F32 b, Slide by) {
  float lane[2 * lanes32];
  store(lane, a);
  store(lane + lanes32, b);
  return load(lane + by);
}
#endif

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
