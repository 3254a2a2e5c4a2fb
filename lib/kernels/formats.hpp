// Floating-point elements in memory: the vectors they are calculated in, and the way there and back, rounded
// to nearest even. One struct per element type, all with the same members:
//   Element        in memory
//   Vector         of the arithmetic of short sums
//   hot, wide      worth loops of their own for the windows of networks, several vectors at a time
//   runs           long sums begin with runs of taps in Vector
//   streams        vectors are whole ones in memory, which may be stored past the cache
//   all            a vector of one element
//   LongFactor     turns sums in f64 into averages
//   load, store, load_f64, store_f64   Vector::size or lanes64 elements, or `Part` of them
// store_f64 rounds to Vector's type first, as short sums do, and stores every zero as +0.
#pragma once

#include <type_traits>

#include "kernels/factors.hpp"
#include "simd/half.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct InF32 {
  using Element = float;
  using Vector = F32;
  using LongFactor = Scale64;
  static constexpr bool hot = true, wide = true;
  static constexpr bool runs = true, streams = true;

  static POOLNORM_INLINE F32 all(float x) { return F32(x); }

  template <class Len>
  static POOLNORM_INLINE F32 load(const float* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE void store(float* p, F32 v, Len len) {
    POOLNORM_KERNEL_ISA::store(p, v, len);
  }
  static POOLNORM_INLINE F64 load_f64(const float* p, Full) { return widen_load(p); }
  static POOLNORM_INLINE F64 load_f64(const float* p, Part len) { return widen_load_n(p, len.n); }
  static POOLNORM_INLINE void store_f64(float* p, F64 v, Full) { narrow_store(p, v); }
  static POOLNORM_INLINE void store_f64(float* p, F64 v, Part len) { narrow_store_n(p, v, len.n); }
};

struct InF64 {
  using Element = double;
  using Vector = F64;
  using LongFactor = Divisor64;
  static constexpr bool hot = false, wide = true;
  static constexpr bool runs = false, streams = true;

  static POOLNORM_INLINE F64 all(double x) { return F64(x); }

  template <class Len>
  static POOLNORM_INLINE F64 load(const double* p, Len len) {
    return POOLNORM_KERNEL_ISA::load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE void store(double* p, F64 v, Len len) {
    POOLNORM_KERNEL_ISA::store(p, v, len);
  }
  template <class Len>
  static POOLNORM_INLINE F64 load_f64(const double* p, Len len) {
    return load(p, len);
  }
  template <class Len>
  static POOLNORM_INLINE void store_f64(double* p, F64 v, Len len) {
    store(p, v + F64(0.0), len);
  }
};

// 16 bits, f32 arithmetic. Convert::widen(H16) and narrow(F32).
template <class Convert>
struct InHalf {
  using Element = std::uint16_t;
  using Vector = F32;
  using LongFactor = Scale64;
  static constexpr bool hot = false, wide = true;
  static constexpr bool runs = true, streams = false;

  static POOLNORM_INLINE F32 all(std::uint16_t x) {
    std::uint16_t lane[lanes32];
    for (std::uint16_t& each : lane) each = x;
    return Convert::widen(load16(lane));
  }

  template <class Len>
  static POOLNORM_INLINE F32 load(const std::uint16_t* p, Len len) {
    return Convert::widen(load16(p, len));
  }
  template <class Len>
  static POOLNORM_INLINE void store(std::uint16_t* p, F32 v, Len len) {
    store16(p, Convert::narrow(v), len);
  }
  static POOLNORM_INLINE F64 load_f64(const std::uint16_t* p, Full) {
    return widen(Convert::widen(load16_low(p))).first;
  }
  static POOLNORM_INLINE F64 load_f64(const std::uint16_t* p, Part len) { return widen(load(p, len)).first; }
  static POOLNORM_INLINE void store_f64(std::uint16_t* p, F64 v, Full) { store_f64(p, v, Part{lanes64}); }
  static POOLNORM_INLINE void store_f64(std::uint16_t* p, F64 v, Part len) {
    store(p, POOLNORM_KERNEL_ISA::narrow(v, F64(0.0)) + F32(0.0f), len);
  }
};

struct F16Bits {
  static POOLNORM_INLINE F32 widen(H16 h) { return f16_to_f32(h); }
  static POOLNORM_INLINE H16 narrow(F32 v) { return f32_to_f16(v); }
};
struct BF16Bits {
  static POOLNORM_INLINE F32 widen(H16 h) { return bf16_to_f32(h); }
  static POOLNORM_INLINE H16 narrow(F32 v) { return f32_to_bf16(v); }
};

using InF16 = InHalf<F16Bits>;
using InBF16 = InHalf<BF16Bits>;

template <class Format>
inline constexpr bool converts = sizeof(typename Format::Element) != sizeof(typename Format::Vector::value_type);
// Elements that are the lanes of V.
template <class V>
using InLanes = std::conditional_t<sizeof(typename V::value_type) == 8, InF64, InF32>;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
