// A run of elements as vectors, and a part of one.
#pragma once

#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// body(i, Full or Part) for vectors of `lanes`.
template <class Body>
POOLNORM_INLINE void vectors(std::int64_t lanes, std::int64_t count, Body body) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Full{});
  if (i < count) body(i, Part{count - i});
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
