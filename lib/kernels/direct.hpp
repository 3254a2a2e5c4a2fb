// Columns and across in registers, without a row buffer: the whole window of one group of vectors.
// Pays where windows do not overlap, or stand alone, and groups are wide (NHWC).
#pragma once

#include "kernels/direct_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// A window, from element i of the group on.
template <class Op, int Vectors, DirectMap Mapped, class Len>
POOLNORM_INLINE void direct_window(const DirectArgs& a, std::int64_t o, std::int64_t i, Len len, typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  const auto map = direct_map<Mapped, Vectors>(a.map, i, len);
  DirectColumns<Op, 0, Vectors, decltype(map), Len> columns{
      reinterpret_cast<const typename Op::Input* const*>(a.taps), a.tap_count, map, len, watch};
  const std::int64_t count = a.tap_count == 0 ? 0 : a.ranges[o].count;
  std::int64_t at = a.ranges[o].first * a.column + i;
  Acc acc[Vectors];
  if (count == 0) {
    for (int v = 0; v < Vectors; ++v) acc[v] = Acc(Op::identity);
  } else {
    columns.get(at, acc);
  }
  for (std::int64_t j = 1; j < count; ++j) {
    at += a.tap_step;
    Acc x[Vectors];
    columns.get(at, x);
    for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
  }
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + o * a.dst_step + i;
  direct_finish<Op, Mapped>(a.map, map, i, acc, Op::Scale::all(a.scale + o * a.scale_step), dst, a.stream, len);
}

// Windows [begin, end) of a row, one by one.
template <class Op, DirectMap Mapped>
POOLNORM_NOINLINE bool windows_apart(const DirectArgs& args, std::int64_t begin, std::int64_t end) {
  const DirectArgs a = args;
  constexpr int several = !Op::wide ? 1 : Mapped == DirectMap::none ? 4 : 2;
  typename Op::Watch watch;
  for (std::int64_t o = begin; o < end; ++o) {
    along_channels<several, Op::Acc::size>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      direct_window<Op, vectors.value, Mapped>(a, o, i, len, watch);
    });
  }
  return watch.any();
}

// Windows that see all their taps, `step` apart, their channels a vector at a time: every tap is a load of its own that goes on
// by a vector, as processors tell from a load where it will read next. Nothing else is loaded on the way: beside stores that wait for
// memory, a load whose address has the same lowest twelve bits waits, too.
template <class Op, int Rows, int Columns, DirectMap Mapped>
POOLNORM_INLINE void whole_run(const DirectArgs& a, std::int64_t begin, std::int64_t end, std::int64_t step,
                               typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int taps = Rows * Columns;
  const auto* const* rows = reinterpret_cast<const typename Op::Input* const*>(a.taps);
  const typename Op::Input* tap[taps];
  for (int j = 0; j < Columns; ++j) {
    for (int t = 0; t < Rows; ++t) tap[j * Rows + t] = rows[t] + a.ranges[begin].first * a.column + j * a.tap_step;
  }
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + begin * a.dst_step;
  const typename Op::Scale scale = Op::Scale::all(a.scale + begin * a.scale_step);
  const std::int64_t width = a.width, dst_step = a.dst_step;
  const bool streaming = a.stream, ahead = a.ahead;
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, 1>(a.map, i, len);
    Acc x[taps];
    for (int t = 0; t < taps; ++t) {
      if (ahead) POOLNORM_FETCH_AHEAD(tap[t] + i);
      x[t] = map(0, Op::load(tap[t] + i, len));
      if constexpr (Op::Watch::active) POOLNORM_LOAD_ONCE(x[t]);
    }
    if constexpr (Op::Watch::active) {
      for (int t = 0; t < taps; t += 2) watch.see(x[t], x[t + 1 < taps ? t + 1 : t]);
    }
    Acc acc{};
    for (int j = 0; j < Columns; ++j) {
      Acc column = x[j * Rows];
      for (int t = 1; t < Rows; ++t) column = Op::apply(column, x[j * Rows + t]);
      acc = j == 0 ? column : Op::apply(acc, column);
    }
    if constexpr (Mapped == DirectMap::results) acc = map.result(a.map, 0, i, acc, len);
    return acc;
  };
  // The last vector of a group overlaps the one before, rather than be a part of one.
  const std::int64_t last = width - lanes;
  for (std::int64_t o = begin; o < end; ++o) {
    for (std::int64_t i = 0; last >= 0 && i < width; i += lanes) {
      const std::int64_t e = i < last ? i : last;
      const Acc acc = at(e, Full{});
      if (streaming && e == i) {
        stream(dst + e, Op::result(acc, scale));
      } else {
        Op::finish(dst + e, acc, scale, Full{});
      }
    }
    if (last < 0) Op::finish(dst, at(0, Part{width}), scale, Part{width});
    for (auto& each : tap) each += step;
    dst += dst_step;
  }
}

// How many windows from `begin` on see `columns` columns, each as far from the last as the second from the first, and have one scale:
// clipped windows that see as many may count others.
POOLNORM_NOINLINE std::int64_t whole_windows_from(const WindowsArgs& a, std::int64_t begin, std::int64_t columns) {
  const TapRange* const ranges = a.ranges;
  std::int64_t o = begin;
  const std::int64_t step = begin + 1 < a.windows ? ranges[begin + 1].first - ranges[begin].first : 0;
  while (o < a.windows && ranges[o].count == columns && ranges[o].first == ranges[begin].first + (o - begin) * step &&
         (a.scale_step == 0 || a.scale[o * a.scale_step] == a.scale[begin * a.scale_step])) {
    ++o;
  }
  return o - begin;
}

// Runs of whole windows with their taps abreast, others one by one.
template <class Op, int Rows, int Columns, DirectMap Mapped = DirectMap::none>
POOLNORM_NOINLINE bool windows_abreast(const DirectArgs& args) {
  const DirectArgs a = args;
  typename Op::Watch watch;
  bool seen = false;
  for (std::int64_t o = 0; o < a.windows;) {
    const std::int64_t whole = whole_windows_from(a, o, Columns);
    if (whole > 0) {
      const std::int64_t step = whole > 1 ? (a.ranges[o + 1].first - a.ranges[o].first) * a.column : 0;
      whole_run<Op, Rows, Columns, Mapped>(a, o, o + whole, step, watch);
      o += whole;
    }
    const std::int64_t clipped = o;
    while (o < a.windows && a.ranges[o].count != Columns) ++o;
    if (clipped < o) seen |= windows_apart<typename Op::General, Mapped>(a, clipped, o);
  }
  return seen || watch.any();
}

template <class Op, DirectMap Mapped = DirectMap::none, bool Halves = true>
bool direct(const DirectArgs& a) {
  if constexpr (Op::hot && Halves && Mapped != DirectMap::inputs) {
    if (a.tap_count == 2) return windows_abreast<Op, 2, 2, Mapped>(a);
    // Maxima of rows, and of 2 x 2 x 2 where channels are few: averages, and more rows of many channels, gained nothing.
    if constexpr (Mapped == DirectMap::none && Op::Watch::active && Op::Acc::size >= 8) {
      if (a.tap_count == 1) return windows_abreast<Op, 1, 3>(a);
      if (a.tap_count == 4 && a.width < 4 * static_cast<std::int64_t>(Op::Acc::size)) return windows_abreast<Op, 4, 2>(a);
    }
  }
  return windows_apart<Op, Mapped>(a, 0, a.windows);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
