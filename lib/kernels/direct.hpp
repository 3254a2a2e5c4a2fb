// Columns and across in registers, without a row buffer: the whole window of one group of vectors.
// Pays when windows overlap little and groups are wide (NHWC).
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/mapped.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// What a chain's map is to the windows: on their inputs, or on their results, inputs flipped where it falls.
enum class DirectMap { none, inputs, results };

struct NoMap {
  template <class V>
  POOLNORM_INLINE V operator()(int, V x) const {
    return x;
  }
};

template <DirectMap Mapped, int Vectors, class Len>
POOLNORM_INLINE auto direct_map(const DirectArgs& a, std::int64_t i, Len len) {
  if constexpr (Mapped == DirectMap::inputs) {
    return channel_per_element<Vectors>(a.map, i, len);
  } else if constexpr (Mapped == DirectMap::results) {
    return flips_per_element<Vectors>(a.map, i, len);
  } else {
    return NoMap{};
  }
}

// The columns of windows, `Vectors` vectors of channels wide. With Keep, the last two stay in registers:
// windows that overlap by up to two columns read every input once.
template <class Op, int Rows, int Vectors, bool Keep, class Map, class Len>
struct DirectColumns {
  using Acc = typename Op::Acc;
  static constexpr std::int64_t lanes = Acc::size;

  const typename Op::Input* const* taps;
  std::int64_t count;
  std::int64_t ahead;
  Map map;
  Len len;
  typename Op::Watch& watch;
  Acc older[Vectors], newer[Vectors];
  std::int64_t older_at, newer_at;

  POOLNORM_INLINE void read(const typename Op::Input* p, Acc (&x)[Vectors]) {
    for (int v = 0; v < Vectors; ++v) x[v] = map(v, Op::load(p + v * lanes, len));
    if constexpr (Op::Watch::active) {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
    }
  }

  POOLNORM_INLINE void make(std::int64_t at, Acc (&acc)[Vectors]) {
    const std::int64_t rows = Rows > 0 ? Rows : count;
    for (std::int64_t t = Keep ? rows - ahead : rows; t < rows; ++t) {
      for (int v = 0; v < Vectors; v += vectors_of_line) POOLNORM_FETCH_AHEAD(taps[t] + at + v * lanes);
    }
    read(taps[0] + at, acc);
    for (std::int64_t t = 1; t < rows; ++t) {
      Acc x[Vectors];
      read(taps[t] + at, x);
      for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
    }
  }

  POOLNORM_INLINE void get(std::int64_t at, Acc (&column)[Vectors]) {
    if constexpr (!Keep) return make(at, column);
    if (at == older_at) {
      for (int v = 0; v < Vectors; ++v) column[v] = older[v];
      return;
    }
    if (at != newer_at) {
      for (int v = 0; v < Vectors; ++v) older[v] = newer[v];
      older_at = newer_at;
      make(at, newer);
      newer_at = at;
    }
    for (int v = 0; v < Vectors; ++v) column[v] = newer[v];
  }
};

// Windows [begin, end) of a row, from element i of the group on.
template <class Op, int Rows, int Vectors, bool Keep, DirectMap Mapped, class Len>
POOLNORM_INLINE void direct_strip(const DirectArgs& a, std::int64_t begin, std::int64_t end, std::int64_t i, Len len,
                                  typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  const auto map = direct_map<Mapped, Vectors>(a, i, len);
  DirectColumns<Op, Rows, Vectors, Keep, decltype(map), Len> columns{
      reinterpret_cast<const typename Op::Input* const*>(a.taps), a.tap_count, a.ahead, map, len, watch, {}, {}, -1, -1};
  for (std::int64_t o = begin; o < end; ++o) {
    const std::int64_t count = Rows == 0 && a.tap_count == 0 ? 0 : a.ranges[o].count;
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
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    for (int v = 0; v < Vectors; ++v) {
      if constexpr (Mapped == DirectMap::results) acc[v] = map.result(a.map, v, i, acc[v], len);
      if constexpr (std::is_same_v<Len, Full> && Op::streams) {
        if (a.stream) {
          stream(dst + v * lanes, Op::result(acc[v], scale));
          continue;
        }
      }
      Op::finish(dst + v * lanes, acc[v], scale, len);
    }
  }
}

// Windows that share columns go along the row, a strip of channels at a time; others one by one, all
// their channels.
template <class Op, int Rows, bool Keep, DirectMap Mapped = DirectMap::none>
POOLNORM_NOINLINE bool direct_counted(const DirectArgs& a) {
  constexpr bool rare = Rows == 0 && Mapped == DirectMap::results;
  [[maybe_unused]] constexpr int vectors = (Keep && few_registers) || Mapped == DirectMap::inputs || rare ? 2 : 4;
  constexpr std::int64_t lanes = Op::Acc::size;
  typename Op::Watch watch;
  const std::int64_t together = Keep ? a.windows : 1;
  for (std::int64_t o = 0; o < a.windows; o += together) {
    std::int64_t i = 0;
    if constexpr (Op::wide) {
      for (; i + vectors * lanes <= a.width; i += vectors * lanes) {
        direct_strip<Op, Rows, vectors, Keep, Mapped>(a, o, o + together, i, Full{}, watch);
      }
    }
    for (; i + lanes <= a.width; i += lanes) {
      direct_strip<Op, Rows, 1, Keep, Mapped>(a, o, o + together, i, Full{}, watch);
    }
    if (i < a.width) direct_strip<Op, Rows, 1, Keep, Mapped>(a, o, o + together, i, Part{a.width - i}, watch);
  }
  return watch.any();
}

// Windows [begin, end) of a row.
POOLNORM_NOINLINE DirectArgs windows_of(const DirectArgs& a, std::int64_t element, std::int64_t begin, std::int64_t end) {
  DirectArgs some = a;
  some.ranges += begin;
  some.windows = end - begin;
  some.dst = static_cast<char*>(a.dst) + begin * a.dst_step * element;
  some.scale += begin * a.scale_step;
  return some;
}

// Windows that see all their taps, `step` apart, their channels a vector at a time: every tap is a load of its own that goes on
// by a vector, as processors tell from a load where it will read next. Nothing else is loaded on the way: beside stores that wait for
// memory, a load whose address has the same lowest twelve bits waits, too.
template <class Op, int Rows, int Columns, DirectMap Mapped>
POOLNORM_INLINE void whole_run(const DirectArgs& a, std::int64_t begin, std::int64_t end, std::int64_t step,
                               typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int taps = Rows * Columns, stride = 2;  // of most windows that share one column at most
  const auto* const* rows = reinterpret_cast<const typename Op::Input* const*>(a.taps);
  const typename Op::Input* tap[taps];
  for (int j = 0; j < Columns; ++j) {
    for (int t = 0; t < Rows; ++t) tap[j * Rows + t] = rows[t] + a.ranges[begin].first * a.column + j * a.tap_step;
  }
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + begin * a.dst_step;
  const typename Op::Scale scale = Op::Scale::all(a.scale + begin * a.scale_step);
  const std::int64_t width = a.width, dst_step = a.dst_step;
  const bool streaming = a.stream, ahead = a.ahead > 0;
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    const auto map = direct_map<Mapped, 1>(a, i, len);
    Acc x[taps];
    for (int t = 0; t < taps; ++t) {
      const bool fresh = t / Rows >= Columns - stride && t % Rows >= Rows - stride;
      if (ahead && fresh) POOLNORM_FETCH_AHEAD(tap[t] + i);
      x[t] = map(0, Op::load(tap[t] + i, len));
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
  for (std::int64_t o = begin; o < end; ++o) {
    std::int64_t i = 0;
    for (; i + lanes <= width; i += lanes) {
      const Acc acc = at(i, Full{});
      if (streaming) {
        stream(dst + i, Op::result(acc, scale));
      } else {
        Op::finish(dst + i, acc, scale, Full{});
      }
    }
    if (i < width) Op::finish(dst + i, at(i, Part{width - i}), scale, Part{width - i});
    for (auto& each : tap) each += step;
    dst += dst_step;
  }
}

// How many windows from `begin` on see `columns` columns, each as far from the last as the second from the first.
POOLNORM_NOINLINE std::int64_t whole_windows_from(const TapRange* ranges, std::int64_t begin, std::int64_t end, std::int64_t columns) {
  std::int64_t o = begin;
  const std::int64_t step = begin + 1 < end ? ranges[begin + 1].first - ranges[begin].first : 0;
  while (o < end && ranges[o].count == columns && ranges[o].first == ranges[begin].first + (o - begin) * step) ++o;
  return o - begin;
}

template <class Op, int Rows, int Columns, DirectMap Mapped = DirectMap::none>
POOLNORM_NOINLINE bool whole_windows(const DirectArgs& args) {
  const DirectArgs a = args;
  typename Op::Watch watch;
  bool seen = false;
  for (std::int64_t o = 0; o < a.windows;) {
    const std::int64_t whole = whole_windows_from(a.ranges, o, a.windows, Columns);
    if (whole > 0) {
      const std::int64_t step = whole > 1 ? (a.ranges[o + 1].first - a.ranges[o].first) * a.column : 0;
      whole_run<Op, Rows, Columns, Mapped>(a, o, o + whole, step, watch);
      o += whole;
    }
    const std::int64_t clipped = o;
    while (o < a.windows && a.ranges[o].count != Columns) ++o;
    if (clipped < o) {
      constexpr bool keep = Mapped == DirectMap::inputs || (Mapped == DirectMap::results && !few_registers);
      seen |= direct_counted<typename Op::General, 0, keep, Mapped>(windows_of(a, sizeof(typename Op::Output), clipped, o));
    }
  }
  return seen || watch.any();
}

// Whether windows keep the columns that they share. One column is read twice from the first-level cache as fast, unless a strip is
// all there is.
inline bool keeps_columns(const DirectArgs& a) {
  return a.shared_columns >= 2 || (!few_registers && a.shared_columns == 1 && a.width <= 4 * lanes32);
}

template <class Op, bool Halves = true>
bool direct(const DirectArgs& a) {
  const bool keep = keeps_columns(a);
  if constexpr (Op::hot) {
    if (Halves && a.tap_count == 2 && !keep) return whole_windows<Op, 2, 2>(a);
    if (a.tap_count == 3) return keep ? direct_counted<Op, 3, true>(a) : whole_windows<Op, 3, 3>(a);
  }
  return keep ? direct_counted<Op, 0, true>(a) : direct_counted<Op, 0, false>(a);
}

template <class Op>
bool flipped_direct(const DirectArgs& a) {
  if constexpr (Op::hot) {
    constexpr DirectMap map = DirectMap::results;
    if (a.tap_count == 3 && keeps_columns(a)) return direct_counted<Op, 3, !few_registers, map>(a);
    if (a.tap_count == 3) return whole_windows<Op, 3, 3, map>(a);
    if (a.tap_count == 2 && a.shared_columns == 0) return whole_windows<Op, 2, 2, map>(a);
  }
  return direct_counted<Op, 0, !few_registers, DirectMap::results>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
