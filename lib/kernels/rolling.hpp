// Windows that overlap along the row, where groups are wide (NHWC). Columns are made once and kept in a ring that stays in the
// first-level cache, all channels of one side by side: inputs are read in the order of memory, which is what prefetchers
// follow. Two output rows at once read the input rows that they share once.
#pragma once

#include "kernels/direct_columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// body(i, number of vectors, length) along a group of `width` elements.
template <int Vectors, std::int64_t lanes, class Body>
POOLNORM_INLINE void along_channels(std::int64_t width, Body body) {
  std::int64_t i = 0;
  if constexpr (Vectors > 1) {
    for (; i + Vectors * lanes <= width; i += Vectors * lanes) body(i, std::integral_constant<int, Vectors>{}, Full{});
  }
  for (; i + lanes <= width; i += lanes) body(i, std::integral_constant<int, 1>{}, Full{});
  if (i < width) body(i, std::integral_constant<int, 1>{}, Part{width - i});
}

template <class Op>
POOLNORM_INLINE typename Op::Element* ring_slot(const RollingArgs& a, std::int64_t column) {
  return static_cast<typename Op::Element*>(a.ring) + (column & (a.ring_columns - 1)) * a.ring_step;
}

// Any windows of one output row: columns, then what has come together.
template <class Op, DirectMap Mapped>
POOLNORM_NOINLINE bool rolling_any(const RollingArgs& args) {
  using Acc = typename Op::Acc;
  using Input = typename Op::Input;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int several = !Op::wide ? 1 : Mapped == DirectMap::none ? 4 : 2;
  const RollingArgs a = args;
  typename Op::Watch watch;
  std::int64_t next = 0;  // column to make
  for (std::int64_t o = 0; o < a.windows; ++o) {
    const std::int64_t first = a.ranges[o].first, count = a.tap_count == 0 ? 0 : a.ranges[o].count;
    for (next = next < first ? first : next; next < first + count; ++next) {
      typename Op::Element* to = ring_slot<Op>(a, next);
      along_channels<several, lanes>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
        const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
        DirectColumns<Op, 0, vectors.value, decltype(map), decltype(len)> columns{reinterpret_cast<const Input* const*>(a.taps),
                                                                                  a.tap_count, map, len, watch};
        Acc made[vectors.value];
        columns.get(next * a.column + i, made);
        for (int v = 0; v < vectors.value; ++v) store(to + i + v * lanes, made[v], len);
      });
    }
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + o * a.dst_step;
    along_channels<several, lanes>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
      Acc acc[vectors.value];
      for (int v = 0; v < vectors.value; ++v) {
        acc[v] = count == 0 ? Acc(Op::identity) : Op::load_acc(ring_slot<Op>(a, first) + i + v * lanes, len);
      }
      for (std::int64_t j = 1; j < count; ++j) {
        const typename Op::Element* kept = ring_slot<Op>(a, first + j) + i;
        for (int v = 0; v < vectors.value; ++v) acc[v] = Op::apply(acc[v], Op::load_acc(kept + v * lanes, len));
      }
      const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
      direct_finish<Op, Mapped>(a.map, map, i, acc, scale, dst + i, a.stream, len);
    });
  }
  return watch.any();
}

// Windows of Rows x Columns, of one output row or of two, the second `Second` input rows below. Of two, vectors lie alternately in
// the ring.
template <class Op, int Rows, int Columns, int Second, DirectMap Mapped>
struct RollingRows {
  using Input = typename Op::Input;
  using Acc = typename Op::Acc;
  using Element = typename Op::Element;
  using Output = typename Op::Output;
  static constexpr std::int64_t lanes = Acc::size;
  static constexpr int outputs = Second > 0 ? 2 : 1;
  static constexpr int fresh_rows = Second > 0 ? 2 * Second : 1;  // that no output row before has read

  const RollingArgs& a;
  typename Op::Watch& watch;
  std::int64_t ahead;  // bytes to the column to fetch: after a page of this group of channels

  // body(i, map, column of each output row, length) for every vector of a column, which then is in the ring.
  template <class Body>
  POOLNORM_INLINE void make(std::int64_t column, Body body) const {
    const Input* taps[Rows + Second];
    for (int t = 0; t < Rows + Second; ++t) taps[t] = static_cast<const Input*>(a.taps[t]) + column * a.column;
    Element* const to = ring_slot<Op>(a, column);
    along_channels<1, lanes>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
      if (a.ahead) {
        for (int t = Rows + Second - fresh_rows; t < Rows + Second; ++t) POOLNORM_FETCH(taps[t] + i, ahead);
      }
      const auto map = direct_map<Mapped, 1>(a.map, i, len);
      DirectColumns<Op, Rows, 1, decltype(map), decltype(len)> columns{taps, Rows, map, len, watch};
      Acc made[outputs];
      columns.template rows<Second>(i, made);
      for (int r = 0; r < outputs; ++r) store(to + outputs * i + r * lanes, made[r], len);
      body(i, map, made, len);
    });
  }

  // A window of Count columns, the last of which is new. Streaming: past the cache.
  template <int Count>
  POOLNORM_INLINE void make_and_finish(std::int64_t o, std::int64_t first, const typename Op::Scale& scale, bool streaming) const {
    const Element* kept[Count];
    for (int j = 0; j < Count - 1; ++j) kept[j] = ring_slot<Op>(a, first + j);
    Output* dst[outputs];
    for (int r = 0; r < outputs; ++r) dst[r] = static_cast<Output*>(a.dst) + r * a.dst_row + o * a.dst_step;
    Looked<typename Op::Scale> looked{scale};
    make(first + Count - 1, [&](std::int64_t i, const auto& map, const Acc(&made)[outputs], auto len) POOLNORM_INLINE_LAMBDA {
      for (int r = 0; r < outputs; ++r) {
        const auto at = [&](int j) POOLNORM_INLINE_LAMBDA { return Op::load_acc(kept[j] + outputs * i + r * lanes, len); };
        Acc acc[1] = {Count == 1 ? made[r] : at(0)};
        for (int j = 1; j < Count; ++j) acc[0] = Op::apply(acc[0], j == Count - 1 ? made[r] : at(j));
        looked.see(acc[0]);
        direct_finish<typename Op::Quick, Mapped>(a.map, map, i, acc, looked.quick(), dst[r] + i, streaming, len);
      }
    });
    if (__builtin_expect(!looked.right(), 0)) finish<Count>(o, first, Count, scale);
  }

  // A window whose columns are there. Count > 0 fixes their number.
  template <int Count>
  POOLNORM_INLINE void finish(std::int64_t o, std::int64_t first, std::int64_t count, const typename Op::Scale& scale) const {
    const std::int64_t columns = Count > 0 ? Count : count;
    for (int r = 0; r < outputs; ++r) {
      Output* dst = static_cast<Output*>(a.dst) + r * a.dst_row + o * a.dst_step;
      along_channels<1, lanes>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
        const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA {
          return Op::load_acc(ring_slot<Op>(a, first + j) + outputs * i + r * lanes, len);
        };
        Acc acc[1] = {columns == 0 ? Acc(Op::identity) : at(0)};
        for (std::int64_t j = 1; j < columns; ++j) acc[0] = Op::apply(acc[0], at(j));
        direct_finish<Op, Mapped>(a.map, direct_map<Mapped, 1>(a.map, i, len), i, acc, scale, dst + i, a.stream, len);
      });
    }
  }
};

template <class Op, int Rows, int Columns, int Second, DirectMap Mapped>
POOLNORM_NOINLINE bool rolling_rows(const RollingArgs& args) {
  const RollingArgs a = args;
  typename Op::Watch watch;
  constexpr std::int64_t element = sizeof(typename Op::Input), page = 4096 / element;
  const RollingRows<Op, Rows, Columns, Second, Mapped> row{a, watch, (a.width < page ? page / a.width : 1) * a.column * element};
  std::int64_t next = 0;  // column to make
  for (std::int64_t o = 0; o < a.windows; ++o) {
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    const std::int64_t first = a.ranges[o].first, count = a.ranges[o].count, last = first + count - 1;
    const bool fresh = next <= last && count >= Columns - 1;
    for (next = next < first ? first : next; next < last + (fresh ? 0 : 1); ++next) {
      row.make(next, [](std::int64_t, const auto&, const auto&, auto) {});
    }
    if (fresh && count == Columns) {
      if (Op::streams && a.stream) {
        row.template make_and_finish<Columns>(o, first, scale, true);
      } else {
        row.template make_and_finish<Columns>(o, first, scale, false);
      }
    } else if (fresh) {
      row.template make_and_finish<Columns - 1>(o, first, scale, a.stream);
    } else if (count == Columns - 1) {
      row.template finish<Columns - 1>(o, first, count, scale);
    } else {
      row.template finish<0>(o, first, count, scale);
    }
    if (fresh) ++next;
  }
  return watch.any();
}

// Windows that share no columns: what a window has so far lies in the first place of the ring.
template <class Op, int Rows, DirectMap Mapped>
POOLNORM_NOINLINE bool rolling_alone(const RollingArgs& args) {
  using Acc = typename Op::Acc;
  using Input = typename Op::Input;
  constexpr std::int64_t lanes = Acc::size;
  constexpr int several = !Op::wide ? 1 : Mapped == DirectMap::none ? (Rows > 0 ? 2 : 4) : 2;
  const RollingArgs a = args;
  typename Op::Watch watch;
  const Input* rows[Rows > 0 ? Rows : 1];
  for (int t = 0; t < Rows; ++t) rows[t] = static_cast<const Input*>(a.taps[t]);
  auto* const sums = static_cast<typename Op::Element*>(a.ring);
  for (std::int64_t o = 0; o < a.windows; ++o) {
    const std::int64_t first = a.ranges[o].first, count = a.tap_count == 0 ? 0 : a.ranges[o].count;
    const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
    typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + o * a.dst_step;
    for (std::int64_t j = 0; j < (count == 0 ? 1 : count); ++j) {
      along_channels<several, lanes>(a.width, [&](std::int64_t i, auto vectors, auto len) POOLNORM_INLINE_LAMBDA {
        const auto map = direct_map<Mapped, vectors.value>(a.map, i, len);
        const Input* const* const taps = Rows > 0 ? rows : reinterpret_cast<const Input* const*>(a.taps);
        DirectColumns<Op, Rows, vectors.value, decltype(map), decltype(len)> columns{taps, a.tap_count, map, len, watch};
        Acc acc[vectors.value];
        if (count == 0) {
          for (int v = 0; v < vectors.value; ++v) acc[v] = Acc(Op::identity);
        } else {
          columns.get((first + j) * a.column + i, acc);
        }
        if (j > 0) {
          for (int v = 0; v < vectors.value; ++v) acc[v] = Op::apply(Op::load_acc(sums + i + v * lanes, len), acc[v]);
        }
        if (j < count - 1) {
          for (int v = 0; v < vectors.value; ++v) store(sums + i + v * lanes, acc[v], len);
        } else {
          direct_finish<Op, Mapped>(a.map, map, i, acc, scale, dst + i, a.stream, len);
        }
      });
    }
  }
  return watch.any();
}

template <class Op, DirectMap Mapped = DirectMap::none>
bool rolling(const RollingArgs& a) {
  if (a.ring_columns == 1) {
    if (Op::hot && a.tap_count == 7) return rolling_alone<Op, 7, Mapped>(a);
    if (Op::hot && a.tap_count == 8) return rolling_alone<Op, 8, Mapped>(a);
    return rolling_alone<Op, 0, Mapped>(a);
  }
  if constexpr (Op::hot) {
    if (a.tap_count == 3 && a.window_columns == 3) {
      if (a.second == 1) return rolling_rows<Op, 3, 3, 1, Mapped>(a);
      if (a.second == 2) return rolling_rows<Op, 3, 3, 2, Mapped>(a);
      return rolling_rows<Op, 3, 3, 0, Mapped>(a);
    }
    if (a.tap_count == 2 && a.window_columns == 2) return rolling_rows<Op, 2, 2, 0, Mapped>(a);
    if (a.tap_count == 2 && a.window_columns == 3) return rolling_rows<Op, 2, 3, 0, Mapped>(a);
  }
  RollingArgs row = a;
  row.second = 0;
  bool seen = rolling_any<Op, Mapped>(row);
  if (a.second > 0) {
    row.taps = a.taps + a.second;
    row.dst = static_cast<typename Op::Output*>(a.dst) + a.dst_row;
    seen |= rolling_any<Op, Mapped>(row);
  }
  return seen;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
