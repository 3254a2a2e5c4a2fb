// Formats of elements that are only moved: a lane of f32 holds their bits.
#pragma once

#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// T: std::uint8_t or std::uint16_t.
template <class T>
struct InBits {
  using Element = T;
  using Vector = F32;
  static constexpr bool bytes = sizeof(T) == 1;

  template <class Len>
  static POOLNORM_INLINE F32 load(const T* p, Len len) {
    if constexpr (bytes) {
      return bits_as<float>(widen_unsigned(load8(p, len)));
    } else {
      return bits_as<float>(widen_unsigned(load16(p, len)));
    }
  }
  template <class Len>
  static POOLNORM_INLINE void store(T* p, F32 v, Len len) {
    const I32 bits = bits_as<std::int32_t>(v);
    if constexpr (bytes) {
      store8(p, narrow8(bits), len);
    } else {
      store16(p, narrow16(bits), len);
    }
  }
};
using InBits8 = InBits<std::uint8_t>;
using InBits16 = InBits<std::uint16_t>;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
