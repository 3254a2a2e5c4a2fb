// Columns and across in registers, without a row buffer: the whole window of one group of vectors.
// Pays when windows overlap little and groups are wide (NHWC).
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// `Vectors` vectors of channels, i elements into the group, along all windows of a row. The last column
// of a window is kept: with 3x3 stride 2 it is the first of the next.
template <class Op, int Rows, int Vectors, class Len>
POOLNORM_INLINE void direct_strip(const DirectArgs& a, std::int64_t i, Len len, typename Op::Watch& watch) {
  const float* const* taps = reinterpret_cast<const float* const*>(a.taps);
  const std::int64_t rows = Rows > 0 ? Rows : a.tap_count;
  const auto read = [&](const float* p, F32(&x)[Vectors]) POOLNORM_INLINE_LAMBDA {
    for (int v = 0; v < Vectors; ++v) x[v] = Op::load(p + v * lanes32, len);
    if constexpr (Op::Watch::active) {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
    }
  };
  const auto column = [&](std::int64_t at, F32(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
    read(taps[0] + at, acc);
    for (std::int64_t t = 1; t < rows; ++t) {
      F32 x[Vectors];
      read(taps[t] + at, x);
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
    }
  };
  F32 last[Vectors];
  for (int v = 0; v < Vectors; ++v) last[v] = F32(Op::identity);
  std::int64_t kept = -1;
  for (std::int64_t o = 0; o < a.windows; ++o) {
    float* dst = static_cast<float*>(a.dst) + o * a.dst_step + i;
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    const std::int64_t columns = rows == 0 ? 0 : a.ranges[o].count;
    std::int64_t at = a.ranges[o].first * a.column + i;
    F32 acc[Vectors];
    if (columns == 0) {
      for (int v = 0; v < Vectors; ++v) acc[v] = F32(Op::identity);
    } else if (at == kept) {
      for (int v = 0; v < Vectors; ++v) acc[v] = last[v];
    } else {
      column(at, last);
      for (int v = 0; v < Vectors; ++v) acc[v] = last[v];
      kept = at;
    }
    for (std::int64_t j = 1; j < columns; ++j) {
      at += a.tap_step;
      column(at, last);
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], last[v]);
      kept = at;
    }
    for (int v = 0; v < Vectors; ++v) {
      if constexpr (std::is_same_v<Len, Full>) {
        if (a.stream) {
          stream(dst + v * lanes32, Op::result(acc[v], scale));
          continue;
        }
      }
      Op::finish(dst + v * lanes32, acc[v], scale, len);
    }
  }
}

template <class Op, int Rows>
POOLNORM_INLINE bool direct_counted(const DirectArgs& a) {
  typename Op::Watch watch;
  std::int64_t i = 0;
  for (; i + 4 * lanes32 <= a.width; i += 4 * lanes32) direct_strip<Op, Rows, 4>(a, i, Full{}, watch);
  for (; i + lanes32 <= a.width; i += lanes32) direct_strip<Op, Rows, 1>(a, i, Full{}, watch);
  if (i < a.width) direct_strip<Op, Rows, 1>(a, i, Part{a.width - i}, watch);
  return watch.any();
}

template <class Op>
bool direct(const DirectArgs& a) {
  if constexpr (Op::hot) {
    if (a.tap_count == 2) return direct_counted<Op, 2>(a);
    if (a.tap_count == 3) return direct_counted<Op, 3>(a);
  }
  return direct_counted<Op, 0>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
