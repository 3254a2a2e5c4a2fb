// Rows of sixteen channels to a tile and back, for rows of the user's, which may not be read beyond their end.
#pragma once

#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// As to_tile; `tile` has room for whole blocks of sixteen columns.
template <class V>
void planes_to_tile(const void* const* rows, std::int64_t count, void* tile) {
  using T = typename V::value_type;
  const std::int64_t whole = count / tile_rows * tile_rows;
  to_tile<V>(rows, whole, tile);
  if (whole == count) return;
  T spare[tile_rows][tile_rows] = {};
  const void* ends[tile_rows];
  for (std::int64_t r = 0; r < tile_rows; ++r) {
    const T* row = static_cast<const T*>(rows[r]) + whole;
    for (std::int64_t i = 0; i < count - whole; ++i) spare[r][i] = row[i];
    ends[r] = spare[r];
  }
  to_tile<V>(ends, count - whole, static_cast<T*>(tile) + whole * tile_rows);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
