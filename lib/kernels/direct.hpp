// Columns and across in registers, without a row buffer: the whole window of one group of vectors.
// Pays when windows overlap little and groups are wide (NHWC).
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

struct DirectWindow {
  const float* const* taps;
  std::int64_t tap_count;
  std::int64_t at;  // of the first column
  std::int64_t columns;
  std::int64_t step;
};

template <class Op, int Rows, int Vectors, class Len>
POOLNORM_INLINE void direct_block(const DirectWindow& w, std::int64_t i, float* dst, typename Op::Scale scale, Len len,
                         bool stream_it, typename Op::Watch& watch) {
  const std::int64_t rows = Rows > 0 ? Rows : w.tap_count;
  const auto read = [&](const float* p, F32(&x)[Vectors]) POOLNORM_INLINE_LAMBDA {
    for (int v = 0; v < Vectors; ++v) x[v] = Op::load(p + v * lanes32, len);
    if constexpr (Op::Watch::active) {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
    }
  };
  const auto column = [&](std::int64_t j, F32(&acc)[Vectors]) POOLNORM_INLINE_LAMBDA {
    const std::int64_t at = w.at + j * w.step + i;
    read(w.taps[0] + at, acc);
    for (std::int64_t t = 1; t < rows; ++t) {
      F32 x[Vectors];
      read(w.taps[t] + at, x);
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
    }
  };
  F32 acc[Vectors];
  if (rows == 0 || w.columns == 0) {
    for (int v = 0; v < Vectors; ++v) acc[v] = F32(Op::identity);
  } else {
    column(0, acc);
    for (std::int64_t j = 1; j < w.columns; ++j) {
      F32 next[Vectors];
      column(j, next);
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], next[v]);
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    if constexpr (std::is_same_v<Len, Full>) {
      if (stream_it) {
        stream(dst + v * lanes32, Op::result(acc[v], scale));
        continue;
      }
    }
    Op::finish(dst + v * lanes32, acc[v], scale, len);
  }
}

template <class Op, int Rows>
POOLNORM_INLINE bool direct_counted(const DirectArgs& a) {
  typename Op::Watch watch;
  constexpr std::int64_t wide = 4 * lanes32;
  DirectWindow w{reinterpret_cast<const float* const*>(a.taps), a.tap_count, 0, 0, a.tap_step};
  for (std::int64_t o = 0; o < a.windows; ++o) {
    float* dst = static_cast<float*>(a.dst) + o * a.dst_step;
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    w.at = a.ranges[o].first * a.column;
    w.columns = a.ranges[o].count;
    std::int64_t i = 0;
    for (; i + wide <= a.width; i += wide) {
      direct_block<Op, Rows, 4>(w, i, dst + i, scale, Full{}, a.stream, watch);
    }
    for (; i + lanes32 <= a.width; i += lanes32) {
      direct_block<Op, Rows, 1>(w, i, dst + i, scale, Full{}, a.stream, watch);
    }
    if (i < a.width) direct_block<Op, Rows, 1>(w, i, dst + i, scale, Part{a.width - i}, false, watch);
  }
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
