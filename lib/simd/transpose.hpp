// Square blocks of V::size vectors, transposed by log2(size) rounds of interleaving.
#pragma once

#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class V>
POOLNORM_INLINE void transpose(V (&m)[V::size]) {
  constexpr int n = static_cast<int>(V::size);
  V t[n];
  for (int span = 1; span < n; span *= 2) {
    for (int i = 0; i < n / 2; ++i) {
      const Pair<V> p = interleave(m[i], m[i + n / 2]);
      t[2 * i] = p.first;
      t[2 * i + 1] = p.second;
    }
    for (int i = 0; i < n; ++i) m[i] = t[i];
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
