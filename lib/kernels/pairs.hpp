// Stores of as many elements as are left, of one vector or of two whose lanes alternate.
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Format>
POOLNORM_INLINE void store_some(typename Format::Element* dst, typename Format::Vector v, std::int64_t left) {
  constexpr std::int64_t lanes = Format::Vector::size;
  if (left >= lanes) {
    Format::store(dst, v, Full{});
  } else if (left > 0) {
    Format::store(dst, v, Part{left});
  }
}

// even, odd, even, odd ..
template <class Format>
POOLNORM_INLINE void store_pairs(typename Format::Element* dst, typename Format::Vector even, typename Format::Vector odd,
                                 std::int64_t left) {
  constexpr std::int64_t lanes = Format::Vector::size;
  const Pair<typename Format::Vector> both = interleave(even, odd);
  store_some<Format>(dst, both.first, left);
  store_some<Format>(dst + lanes, both.second, left - lanes);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
