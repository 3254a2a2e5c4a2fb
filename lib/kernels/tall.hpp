// The order in which tall windows that stand alone are read (kernels/alone.hpp, kernels/long_alone.hpp): several columns side by side,
// eight rows of them at a time. A page is read at some length before the next one, and few channels fill vectors.
#pragma once

#include "kernels/direct_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr std::int64_t tall_rows = 8;

// run(TallRun, i, vectors, len): vectors from element i on, which is the channel where there is a map. done(j, from): column j is complete,
// from element `from` of the columns on.
struct TallRun {
  std::int64_t from, rows;  // so many taps from this one on, on top of what the columns hold when from > 0
  std::int64_t at, to;      // where elements begin in the taps' rows, and in the columns
  std::int64_t column;      // which the run completes, and which then needs no place in the columns; -1: none
};
template <int Vectors, std::int64_t lanes, DirectMap Mapped, class Run, class Done>
POOLNORM_INLINE void tall_window(const AloneArgs& a, Run run, Done done) {
  const std::int64_t first = a.ranges->first, count = a.tap_count == 0 ? 0 : a.ranges->count;
  const bool together = Mapped == DirectMap::none && a.column == a.width && a.side_by_side > 1;
  for (std::int64_t j = 0; j < count; j += a.side_by_side) {
    const std::int64_t columns = count - j < a.side_by_side ? count - j : a.side_by_side;
    const std::int64_t pieces = together ? 1 : columns, width = together ? columns * a.width : a.width;
    for (std::int64_t from = 0; from < a.tap_count; from += tall_rows) {
      const bool last = a.tap_count - from <= tall_rows;
      for (std::int64_t p = 0; p < pieces; ++p) {
        const TallRun r{from, last ? a.tap_count - from : tall_rows, (first + j + p) * a.column, p * a.width, last && !together ? j + p : -1};
        along_channels<Vectors, lanes>(
            width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA { run(r, i, vectors, len); });
      }
    }
    for (std::int64_t p = 0; together && p < columns; ++p) done(j + p, p * a.width);
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
