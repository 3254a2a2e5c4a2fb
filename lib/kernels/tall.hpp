// The order in which tall windows that stand alone are read (kernels/alone.hpp, kernels/long_alone.hpp): several columns side by side,
// eight rows of them at a time. A page is read at some length before the next one, and few channels fill vectors.
#pragma once

#include "kernels/direct_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr std::int64_t tall_rows = 8;

// run(from, rows, at, i, to, vectors, len): so many taps from `from` on at offset at + i, i the channel where there is a map, on top of
// what element to + i of the columns holds when from > 0. done(j, to): column j is complete, from element `to` on.
template <int Vectors, std::int64_t lanes, DirectMap Mapped, class Run, class Done>
POOLNORM_INLINE void tall_window(const AloneArgs& a, Run run, Done done) {
  const std::int64_t first = a.ranges->first, count = a.tap_count == 0 ? 0 : a.ranges->count;
  const bool together = Mapped == DirectMap::none && a.column == a.width;
  for (std::int64_t j = 0; j < count; j += a.side_by_side) {
    const std::int64_t columns = count - j < a.side_by_side ? count - j : a.side_by_side;
    const std::int64_t pieces = together ? 1 : columns, width = together ? columns * a.width : a.width;
    for (std::int64_t from = 0; from < a.tap_count; from += tall_rows) {
      const std::int64_t left = a.tap_count - from;
      for (std::int64_t p = 0; p < pieces; ++p) {
        const std::int64_t at = (first + j + p) * a.column;
        along_channels<Vectors, lanes>(width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
          if (left >= tall_rows) {
            run(from, tall_rows, at, i, p * a.width, vectors, len);
          } else {
            run(from, left, at, i, p * a.width, vectors, len);
          }
        });
      }
    }
    for (std::int64_t p = 0; p < columns; ++p) done(j + p, p * a.width);
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
