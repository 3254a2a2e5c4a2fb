// The across stage: windows along a row of accumulators become outputs. Five walks of one reduction:
// any window with vectors along the group, windows one group apart as one run, windows of single
// elements two apart (by pairs of taps, or thinned: windows one apart, every other one kept), and long
// windows with vectors along the window.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// A window's taps: tap j begins at src + j * step; `skipped` taps before the first lie in padding.
template <class Op>
struct WindowTaps {
  const typename Op::Element* src;
  std::int64_t step, count, skipped;
};

// One vector (or Vectors of them) of a window, `i` elements into the group.
template <class Op, int Vectors, class Len>
POOLNORM_INLINE void window_block(const WindowTaps<Op>& w, std::int64_t i, typename Op::Output* dst,
                                  typename Op::Scale scale, Len len) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  if constexpr (Vectors == 1) {
    const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return Op::load_acc(w.src + j * w.step + i, len); };
    Op::finish(dst + i, Op::across(at, w.count, w.skipped), scale, len);
  } else {
    Acc acc[Vectors];
    for (int v = 0; v < Vectors; ++v) acc[v] = Op::load_acc(w.src + i + v * lanes, len);
    for (std::int64_t j = 1; j < w.count; ++j) {
      for (int v = 0; v < Vectors; ++v) {
        acc[v] = Op::apply(acc[v], Op::load_acc(w.src + j * w.step + i + v * lanes, len));
      }
    }
    for (int v = 0; v < Vectors; ++v) Op::finish(dst + i + v * lanes, acc[v], scale, len);
  }
}

// A window of `width` elements a tap, all with one scale.
template <class Op>
POOLNORM_INLINE void window_group(const WindowTaps<Op>& w, typename Op::Output* dst, std::int64_t width,
                                  typename Op::Scale scale) {
  constexpr std::int64_t lanes = Op::Acc::size;
  std::int64_t i = 0;
  if constexpr (Op::unroll > 1) {
    for (; i + Op::unroll * lanes <= width; i += Op::unroll * lanes) {
      window_block<Op, Op::unroll>(w, i, dst, scale, Full{});
    }
  }
  for (; i + lanes <= width; i += lanes) window_block<Op, 1>(w, i, dst, scale, Full{});
  if (i < width) window_block<Op, 1>(w, i, dst, scale, Part{width - i});
}

// Window w of a row, regular or by its range.
template <class Op>
POOLNORM_INLINE WindowTaps<Op> window_taps(const AcrossArgs& a, const typename Op::Element* row, std::int64_t w) {
  if (a.ranges == nullptr) return {row + w * a.window_step, a.tap_step, a.taps, 0};
  const TapRange& range = a.ranges[w];
  return {row + (range.first - a.first_column) * a.column, a.tap_step, range.count, range.skipped};
}

template <class Op>
POOLNORM_INLINE void fill_window(typename Op::Output* dst, std::int64_t width, typename Op::Scale scale) {
  for (std::int64_t i = 0; i < width; ++i) Op::finish(dst + i, typename Op::Acc(Op::identity), scale, Part{1});
}

template <class Op, class Row>
POOLNORM_INLINE void for_each_row(const AcrossArgs& a, Row row) {
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    const typename Op::Element* src = static_cast<const typename Op::Element*>(a.src) + p * a.planes.src;
    typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + p * a.planes.dst;
    for (std::int64_t r = 0; r < a.rows.count; ++r, src += a.rows.src, dst += a.rows.dst) row(src, dst);
  }
}

template <class Op>
void across(const AcrossArgs& a) {
  for_each_row<Op>(a, [&a](const typename Op::Element* row, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    for (std::int64_t w = 0; w < a.windows; ++w) {
      const typename Op::Scale scale = Op::Scale::all(a.scale + w * a.scale_step);
      if (a.ranges != nullptr && a.ranges[w].count == 0) {
        fill_window<Op>(dst + w * a.dst_step, a.width, scale);
      } else {
        window_group<Op>(window_taps<Op>(a, row, w), dst + w * a.dst_step, a.width, scale);
      }
    }
  });
}

template <class Op>
void across_long(const AcrossArgs& a) {
  for_each_row<Op>(a, [&a](const typename Op::Element* row, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    for (std::int64_t w = 0; w < a.windows; ++w) {
      const typename Op::Scale scale = Op::Scale::all(a.scale + w * a.scale_step);
      if (a.ranges != nullptr && a.ranges[w].count == 0) {
        fill_window<Op>(dst + w * a.dst_step, 1, scale);
        continue;
      }
      const WindowTaps<Op> taps = window_taps<Op>(a, row, w);
      Op::finish(dst + w * a.dst_step, Op::along(taps.src, taps.count, taps.skipped), scale, Part{1});
    }
  });
}

template <class Op, int Taps>
POOLNORM_INLINE void run_counted(const AcrossArgs& a) {
  constexpr std::int64_t lanes = Op::Acc::size;
  const std::int64_t count = Taps > 0 ? Taps : a.taps;
  const std::int64_t step = a.tap_step, n = a.windows * a.width;
  if (a.scale_step == 0) {
    const typename Op::Scale scale = Op::Scale::all(a.scale);
    [[maybe_unused]] const auto rows_of = [&](auto vectors) POOLNORM_INLINE_LAMBDA {
      for_each_row<Op>(a, [&](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
        const WindowTaps<Op> taps{src, step, count, 0};
        for (int v = 0; v < vectors.value; ++v) window_block<Op, 1>(taps, v * lanes, dst, scale, Full{});
        constexpr std::int64_t i = vectors.value * lanes;
        window_block<Op, 1>(taps, i, dst, scale, Part{n - i});
      });
    };
    // Short rows are many: their shape is settled once, outside the loops.
    if constexpr (Op::hot && Taps == 0) {
      if (n < lanes) return rows_of(std::integral_constant<int, 0>{});
      if (n > lanes && n < 2 * lanes) return rows_of(std::integral_constant<int, 1>{});
      if (n > 2 * lanes && n < 3 * lanes) return rows_of(std::integral_constant<int, 2>{});
    }
    return for_each_row<Op>(a, [&](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
      window_group<Op>(WindowTaps<Op>{src, step, count, 0}, dst, n, scale);
    });
  }
  for_each_row<Op>(a, [&](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    const WindowTaps<Op> taps{src, step, count, 0};
    std::int64_t i = 0;
    for (; i + lanes <= n; i += lanes)
      window_block<Op, 1>(taps, i, dst, Op::Scale::at(a.scale + i * a.scale_step), Full{});
    if (i < n) window_block<Op, 1>(taps, i, dst, Op::Scale::at(a.scale + i * a.scale_step), Part{n - i});
  });
}

template <class Op>
void across_run(const AcrossArgs& a) {
  if constexpr (Op::hot) {
    if (a.taps == 3) return run_counted<Op, 3>(a);
  }
  run_counted<Op, 0>(a);
}

// Taps j and j + 1 of a vector of windows are the evens and the odds of one pair of vectors. Reads
// whole vectors: past the last window's taps, within the slack behind a row.
template <class Op, int Taps>
POOLNORM_INLINE F32 reduce_pairs(const float* src, std::int64_t step, std::int64_t taps) {
  const auto pair = [=](std::int64_t j) POOLNORM_INLINE_LAMBDA {
    return deinterleave(load(src + j * step), load(src + j * step + lanes32));
  };
  if (step != 1) return Op::across([&](std::int64_t j) { return pair(j).first; }, taps, 0);
  const Pair<F32> first = pair(0);
  F32 acc = Op::apply(first.first, first.second);
  std::int64_t j = 2;
  for (; j + 2 <= taps; j += 2) {
    const Pair<F32> next = pair(j);
    acc = Op::apply(Op::apply(acc, next.first), next.second);
  }
  return j < taps ? Op::apply(acc, pair(j).first) : acc;
}

template <class Op, int Taps>
POOLNORM_INLINE void pairs_counted(const AcrossArgs& a) {
  const std::int64_t taps = Taps > 0 ? Taps : a.taps;
  const std::int64_t step = Taps > 0 ? 1 : a.tap_step;
  for_each_row<Op>(a, [&](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    for (std::int64_t i = 0; i < a.windows; i += lanes32) {
      const F32 acc = reduce_pairs<Op, Taps>(src + 2 * i, step, taps);
      const auto scale = a.scale_step == 0 ? Op::Scale::all(a.scale) : Op::Scale::at(a.scale + i * a.scale_step);
      const std::int64_t rest = a.windows - i;
      if (rest >= lanes32) {
        Op::finish(dst + i, acc, scale, Full{});
      } else {
        Op::finish(dst + i, acc, scale, Part{rest});
      }
    }
  });
}

template <class Op>
void across_pairs(const AcrossArgs& a) {
  if constexpr (Op::hot) {
    if (a.tap_step == 1 && a.taps == 2) return pairs_counted<Op, 2>(a);
    if (a.tap_step == 1 && a.taps == 3) return pairs_counted<Op, 3>(a);
  }
  pairs_counted<Op, 0>(a);
}

// For reductions whose taps cost less than taking vectors apart. Reads past the last window's taps.
template <class Op>
void across_thinned(const AcrossArgs& a) {
  constexpr std::int64_t lanes = Op::Acc::size;
  for_each_row<Op>(a, [&a](const typename Op::Element* src, typename Op::Output* dst) POOLNORM_INLINE_LAMBDA {
    for (std::int64_t i = 0; i < a.windows; i += lanes) {
      const auto run = [&](const typename Op::Element* from) POOLNORM_INLINE_LAMBDA {
        return Op::across([&](std::int64_t j) { return Op::load_acc(from + j * a.tap_step, Full{}); }, a.taps, 0);
      };
      const auto acc = evens(run(src + 2 * i), run(src + 2 * i + lanes));
      const auto scale = a.scale_step == 0 ? Op::Scale::all(a.scale) : Op::Scale::at(a.scale + i * a.scale_step);
      const std::int64_t rest = a.windows - i;
      if (rest >= lanes) {
        Op::finish(dst + i, acc, scale, Full{});
      } else {
        Op::finish(dst + i, acc, scale, Part{rest});
      }
    }
  });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
