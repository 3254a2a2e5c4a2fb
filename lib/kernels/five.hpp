// Maxima and minima of five columns, stride 1, in registers: SPP's pools. Along a row every column is made
// once, and a window is two pairs of columns, which other windows share, and one column more.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// All windows of a row, from element i of the group on. Rows 0: as many as there are.
template <class Op, int Rows, int Vectors, class Len>
POOLNORM_INLINE void five_strip(const DirectArgs& a, std::int64_t i, Len len, typename Op::Watch& watch) {
  const float* const* taps = reinterpret_cast<const float* const*>(a.taps);
  const TapRange &first = a.ranges[0], &last = a.ranges[a.windows - 1];
  const std::int64_t begin = first.first, end = last.first + last.count;
  F32 before[Vectors], pair1[Vectors], pair2[Vectors], pair3[Vectors];  // pairs: the newest first
  for (int v = 0; v < Vectors; ++v) before[v] = pair1[v] = pair2[v] = pair3[v] = F32(Op::identity);
  const std::int64_t at = begin - first.skipped;
  for (std::int64_t j = 0; j < a.windows + 4; ++j) {
    F32 column[Vectors];
    for (int v = 0; v < Vectors; ++v) column[v] = F32(Op::identity);
    if (at + j >= begin && at + j < end) {
      const std::int64_t rows = Rows > 0 ? Rows : a.tap_count, offset = (at + j) * a.column + i;
      for (std::int64_t t = 0; t < rows; ++t) {
        F32 x[Vectors];
        for (int v = 0; v < Vectors; ++v) x[v] = Op::load(taps[t] + offset + v * lanes32, len);
        if constexpr (Op::Watch::active) {
          for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
        }
        for (int v = 0; v < Vectors; ++v) column[v] = t == 0 ? x[v] : Op::apply(column[v], x[v]);
      }
    }
    if (j >= 4) {
      float* const dst = static_cast<float*>(a.dst) + (j - 4) * a.dst_step + i;
      for (int v = 0; v < Vectors; ++v) {
        Op::finish(dst + v * lanes32, Op::apply(Op::apply(pair3[v], pair1[v]), column[v]), NoScale{}, len);
      }
    }
    for (int v = 0; v < Vectors; ++v) {
      pair3[v] = pair2[v];
      pair2[v] = pair1[v];
      pair1[v] = Op::apply(before[v], column[v]);
      before[v] = column[v];
    }
  }
}

template <class Op, int Rows>
bool five_counted(const DirectArgs& a) {
  [[maybe_unused]] constexpr int vectors = few_registers ? 2 : 4;
  typename Op::Watch watch;
  std::int64_t i = 0;
  if constexpr (Op::wide) {
    for (; i + vectors * lanes32 <= a.width; i += vectors * lanes32) five_strip<Op, Rows, vectors>(a, i, Full{}, watch);
  }
  for (; i + lanes32 <= a.width; i += lanes32) five_strip<Op, Rows, 1>(a, i, Full{}, watch);
  if (i < a.width) five_strip<Op, Rows, 1>(a, i, Part{a.width - i}, watch);
  return watch.any();
}

// Every window has an input.
template <class Op>
bool five(const DirectArgs& a) {
  if constexpr (Op::hot) {
    if (a.tap_count == 5) return five_counted<Op, 5>(a);
  }
  return five_counted<Op, 0>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
