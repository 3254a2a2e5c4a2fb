// How rows of a tensor come to kernels that know lanes of f32 or f64 and two forms of a row: columns of channels
// side by side, or one channel. In place where the tensor is like that; else as a copy, converted, with sixteen
// channels side by side, or both.
#pragma once

#include <algorithm>

#include <poolnorm/tensor.hpp>

#include "kernels/index_table.hpp"
#include "plan/checked.hpp"

namespace poolnorm {

inline std::int64_t whole_tiles(std::int64_t columns) noexcept { return round_up(columns, tile_rows); }

inline std::int64_t lane_bytes(ElementType type) noexcept { return type == ElementType::f64 ? 8 : 4; }

struct LaneForm {
  bool tiled = false;                       // sixteen channels side by side
  const ConvertKernels* convert = nullptr;  // null: elements are lanes
  std::int64_t lane_bytes = 4;
  void (*to_tile)(const void* const* rows, std::int64_t count, void* tile) = nullptr;
  void (*from_tile)(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows) = nullptr;

  bool copies() const noexcept { return tiled || convert != nullptr; }
  // Of a copy of `columns` columns; `strip` channels side by side where it is no tile.
  std::int64_t copy_bytes(std::int64_t columns, std::int64_t strip) const noexcept {
    return !copies() ? 0 : whole_lines((tiled ? whole_tiles(columns) * tile_rows : columns * strip) * lane_bytes);
  }
  // Of the rows between, where they are converted and turned.
  std::int64_t staged_row_bytes(std::int64_t columns) const noexcept {
    return tiled && convert != nullptr ? whole_lines(columns * lane_bytes) : 0;
  }
};

}  // namespace poolnorm
