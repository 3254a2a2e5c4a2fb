// Formats of elements that are only moved: a lane of f32 holds their bits.
#pragma once

#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct InBits16 {
  using Element = std::uint16_t;
  using Vector = F32;

  static POOLNORM_INLINE F32 all(Element x) { return bits_as<float>(I32(x)); }
  template <class Len>
  static POOLNORM_INLINE F32 load(const Element* p, Len len) {
    return bits_as<float>(widen_unsigned(load16(p, len)));
  }
  template <class Len>
  static POOLNORM_INLINE void store(Element* p, F32 v, Len len) {
    store16(p, narrow16(bits_as<std::int32_t>(v)), len);
  }
};

struct InBits8 {
  using Element = std::uint8_t;
  using Vector = F32;

  static POOLNORM_INLINE F32 all(Element x) { return bits_as<float>(I32(x)); }
  template <class Len>
  static POOLNORM_INLINE F32 load(const Element* p, Len len) {
    return bits_as<float>(widen_unsigned(load8(p, len)));
  }
  template <class Len>
  static POOLNORM_INLINE void store(Element* p, F32 v, Len len) {
    store8(p, narrow8(bits_as<std::int32_t>(v)), len);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
