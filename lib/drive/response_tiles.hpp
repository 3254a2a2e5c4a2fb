// Local response norm and its gradient, tile by tile.
#pragma once

#include <algorithm>

#include "plan/response_plan.hpp"

namespace poolnorm {

// A tile as groups side by side: its pixels of one channel after another, or its channels of one pixel after another.
// Squares, and a gradient's shares, have room for the channels that a window lacks, which are 0.
struct ResponseTile {
  std::int64_t groups, width;
  std::int64_t src_step, grad_step, dst_step, squares_step, tap_step;
};

inline ResponseTile response_tile(const ResponsePlanData& p, std::int64_t pixels) noexcept {
  if (!p.channels_last) {
    return {p.channels(), pixels, p.src.strides[1], p.grad.strides[1], p.dst.strides[1], pixels, pixels};
  }
  const SequenceAxis& pixel = p.pixels.inner();
  return {pixels, p.channels(), pixel.step[slot_src], pixel.step[slot_residual], pixel.step[slot_dst], p.rows(), 1};
}

// Zeros for `before` channels in front and `behind` after the tile's.
inline void clear_around(const ResponsePlanData& p, const ResponseTile& t, double* numbers, std::int64_t before,
                         std::int64_t behind) noexcept {
  const std::int64_t rows = p.channels_last ? t.groups : 1, row = p.rows() * t.tap_step;
  for (std::int64_t r = 0; r < rows; ++r, numbers += row) {
    std::fill_n(numbers, before * t.tap_step, 0.0);
    std::fill_n(numbers + row - behind * t.tap_step, behind * t.tap_step, 0.0);
  }
}

// block(group, element, groups, width) for at most response_block elements at a time.
template <class Block>
void for_response_blocks(const ResponseTile& t, Block block) noexcept {
  for (std::int64_t w = 0; w < t.width; w += response_block) {
    const std::int64_t width = std::min(t.width - w, response_block), most = response_block / width;
    for (std::int64_t g = 0; g < t.groups; g += most) block(g, w, std::min(t.groups - g, most), width);
  }
}

// tile(offsets of elements in src, grad and dst, pixels) for the neighbours among the pixels of tasks [begin, end).
struct ResponseOffsets {
  std::int64_t src, grad, dst;
};
template <class Tile>
void for_response_tiles(const ResponsePlanData& p, std::int64_t begin, std::int64_t end, Tile tile) noexcept {
  const std::int64_t tiles = p.tasks / p.images, pixels = p.pixels.elements();
  for (std::int64_t t = begin; t < end; ++t) {
    const std::int64_t image = t / tiles, first = t % tiles * p.tile;
    p.pixels.for_pieces(first, std::min(first + p.tile, pixels), [&](const SequencePiece& piece) {
      const auto offset = [&](const TensorDesc& tensor, Slot slot) {
        return image * tensor.strides[0] + piece.offset[slot];
      };
      tile(ResponseOffsets{offset(p.src, slot_src), offset(p.grad, slot_residual), offset(p.dst, slot_dst)},
           piece.count);
    });
  }
}

}  // namespace poolnorm
