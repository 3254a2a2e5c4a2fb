// Vectors of integers, and lanes32 elements of 8 or 16 bits: whole or a part of them.
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

POOLNORM_INLINE H16 load16(const void* p, Full) { return load16(p); }
POOLNORM_INLINE H16 load16(const void* p, Part len) { return load16_n(p, len.n); }
POOLNORM_INLINE void store16(void* p, H16 h, Full) { store16(p, h); }
POOLNORM_INLINE void store16(void* p, H16 h, Part len) { store16_n(p, h, len.n); }
POOLNORM_INLINE Q8 load8(const void* p, Full) { return load8(p); }
POOLNORM_INLINE Q8 load8(const void* p, Part len) { return load8_n(p, len.n); }
POOLNORM_INLINE void store8(void* p, Q8 q, Full) { store8(p, q); }
POOLNORM_INLINE void store8(void* p, Q8 q, Part len) { store8_n(p, q, len.n); }

template <class T, class V>
POOLNORM_INLINE void stream(T* p, V v) {
  if constexpr (portable_lanes) {
    v.store_unaligned(p);  // plain stores are of the element's type
  } else {
    POOLNORM_KERNEL_ISA::stream(reinterpret_cast<float*>(p), bits_as<float>(v));
  }
}
POOLNORM_INLINE F32 evens(F32 a, F32 b) { return deinterleave(a, b).first; }
POOLNORM_INLINE I32 evens(I32 a, I32 b) {
  return bits_as<std::int32_t>(evens(bits_as<float>(a), bits_as<float>(b)));
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
