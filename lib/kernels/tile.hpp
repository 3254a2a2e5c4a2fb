// Sixteen rows to a tile and back: what makes vectors of rows too narrow or too irregular to give
// vectors of their own (one channel, strides of 3 and more, adaptive windows).
#pragma once

#include "kernels/kernel_table.hpp"
#include "simd/transpose.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// A block is `lanes` rows by as many columns, or sixteen rows by eight where the halves of a vector hold
// two rows.
template <class V>
constexpr bool half_rows = sizeof(typename V::value_type) == 4 && V::size == 16;

// tile[i][r] = rows[r][i]
template <class V>
void to_tile(const void* const* rows, std::int64_t count, void* tile) {
  using T = typename V::value_type;
  constexpr std::int64_t lanes = V::size, columns = half_rows<V> ? 8 : lanes;
  for (std::int64_t i = 0; i < count; i += columns) {
    for (std::int64_t r = 0; r < tile_rows; r += lanes) {
      V m[columns];
      for (std::int64_t k = 0; k < columns; ++k) {
        const T* row = static_cast<const T*>(rows[r + k]) + i;
        if constexpr (half_rows<V>) {
          m[k] = load_halves(row, static_cast<const T*>(rows[k + 8]) + i);
        } else {
          m[k] = load(row);
        }
      }
      transpose(m);
      T* dst = static_cast<T*>(tile) + i * tile_rows + r;
      for (std::int64_t k = 0; k < columns; ++k) store(dst + k * tile_rows, m[k]);
    }
  }
}

// dst[r][i] = tile[i][r], r < rows
template <class V>
void from_tile(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows) {
  using T = typename V::value_type;
  constexpr std::int64_t lanes = V::size, columns = half_rows<V> ? 8 : lanes;
  for (std::int64_t i = 0; i < count; i += columns) {
    const std::int64_t n = count - i;
    for (std::int64_t r = 0; r < rows; r += lanes) {
      V m[columns];
      const T* src = static_cast<const T*>(tile) + i * tile_rows + r;
      for (std::int64_t k = 0; k < columns; ++k) m[k] = load(src + k * tile_rows);
      transpose(m);
      const auto at = [&](std::int64_t row) { return static_cast<T*>(dst[row]) + i; };
      if constexpr (half_rows<V>) {
        // The second half's rows may not exist.
        T none[8];
        for (std::int64_t k = 0; k < 8 && k < rows; ++k) {
          T* const high = k + 8 < rows ? at(k + 8) : none;
          n >= columns ? store_halves(at(k), high, m[k]) : store_halves_n(at(k), high, m[k], n);
        }
      } else {
        for (std::int64_t k = 0; k < lanes && r + k < rows; ++k) {
          n >= columns ? store(at(r + k), m[k]) : store_n(at(r + k), m[k], n);
        }
      }
    }
  }
}

// The same for elements that the transposes do not serve.
template <class T>
void to_tile_by_elements(const void* const* rows, std::int64_t count, void* tile) {
  T* dst = static_cast<T*>(tile);
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::int64_t r = 0; r < tile_rows; ++r) *dst++ = static_cast<const T*>(rows[r])[i];
  }
}
template <class T>
void from_tile_by_elements(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows) {
  const T* src = static_cast<const T*>(tile);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t i = 0; i < count; ++i) static_cast<T*>(dst[r])[i] = src[i * tile_rows + r];
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
