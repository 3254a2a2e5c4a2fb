// Stores of as many elements as are left, of one vector or of two whose lanes alternate.
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class V>
POOLNORM_INLINE void store_some(typename V::value_type* dst, V v, std::int64_t left) {
  constexpr std::int64_t lanes = V::size;
  if (left >= lanes) {
    store(dst, v, Full{});
  } else if (left > 0) {
    store(dst, v, Part{left});
  }
}

// even, odd, even, odd ..
template <class V>
POOLNORM_INLINE void store_pairs(typename V::value_type* dst, V even, V odd, std::int64_t left) {
  constexpr std::int64_t lanes = V::size;
  const Pair<V> both = interleave(even, odd);
  store_some(dst, both.first, left);
  store_some(dst + lanes, both.second, left - lanes);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
