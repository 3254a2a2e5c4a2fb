// Sixteen rows to a tile and back: what makes vectors of rows too narrow or too irregular to give
// vectors of their own (one channel, strides of 3 and more, adaptive windows).
#pragma once

#include "kernels/kernel_table.hpp"
#include "simd/transpose.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// tile[i][r] = rows[r][i]
template <class V>
void to_tile(const void* const* rows, std::int64_t count, void* tile) {
  using T = typename V::value_type;
  constexpr std::int64_t lanes = V::size;
  for (std::int64_t i = 0; i < count; i += lanes) {
    for (std::int64_t r = 0; r < tile_rows; r += lanes) {
      V m[lanes];
      for (std::int64_t k = 0; k < lanes; ++k) m[k] = load(static_cast<const T*>(rows[r + k]) + i);
      transpose(m);
      T* dst = static_cast<T*>(tile) + i * tile_rows + r;
      for (std::int64_t k = 0; k < lanes; ++k) store(dst + k * tile_rows, m[k]);
    }
  }
}

// dst[r][i] = tile[i][r], r < rows
inline void from_tile(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows) {
  for (std::int64_t i = 0; i < count; i += lanes32) {
    for (std::int64_t r = 0; r < rows; r += lanes32) {
      F32 m[lanes32];
      const float* src = static_cast<const float*>(tile) + i * tile_rows + r;
      for (std::int64_t k = 0; k < lanes32; ++k) m[k] = load(src + k * tile_rows);
      transpose(m);
      const std::int64_t last = rows - r < lanes32 ? rows - r : lanes32;
      for (std::int64_t k = 0; k < last; ++k) {
        float* p = static_cast<float*>(dst[r + k]) + i;
        if (count - i >= lanes32) {
          store(p, m[k]);
        } else {
          store_n(p, m[k], count - i);
        }
      }
    }
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
