// Windows that overlap along the row, where groups are wide (NHWC). Columns are made once and kept in a ring that stays in the
// first-level cache, all channels of one side by side: inputs are read in the order of memory, which is what prefetchers
// follow. Two output rows at once read the input rows that they share once.
#pragma once

#include "kernels/rolling_few.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Vectors of channels; fewer are not worth a ring.
constexpr std::int64_t few_vectors = few_registers ? 5 : 4;

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

// Window o of two output rows, whose columns are there; their vectors lie alternately in the ring.
template <class Op, DirectMap Mapped>
POOLNORM_NOINLINE void finish_two(const RollingArgs& a, std::int64_t o) {
  constexpr std::int64_t lanes = Op::Acc::size;
  const TapRange range = a.ranges[o];
  const typename Op::Scale scale = Op::Scale::all(a.scale + o * a.scale_step);
  for (int r = 0; r < 2; ++r) {
    typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + r * a.dst_row + o * a.dst_step;
    along_channels<1, lanes>(a.width, [&](std::int64_t i, auto, auto len) POOLNORM_INLINE_LAMBDA {
      const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA {
        return Op::load_acc(ring_slot<Op>(a, range.first + j) + 2 * i + r * lanes, len);
      };
      typename Op::Acc acc[1] = {range.count == 0 ? typename Op::Acc(Op::identity) : at(0)};
      for (std::int64_t j = 1; j < range.count; ++j) acc[0] = Op::apply(acc[0], at(j));
      direct_finish<Op, Mapped>(a.map, direct_map<Mapped, 1>(a.map, i, len), i, acc, scale, dst + i, a.stream, len);
    });
  }
}

// Windows of Rows x Columns of two output rows, the second `Second` input rows below.
template <class Op, int Rows, int Columns, int Second, DirectMap Mapped>
struct RollingRows {
  using Input = typename Op::Input;
  using Acc = typename Op::Acc;
  using Element = typename Op::Element;
  using Output = typename Op::Output;
  static constexpr std::int64_t lanes = Acc::size;
  static constexpr int outputs = 2;
  static constexpr int fresh_rows = 2 * Second;  // that no output row before has read

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

  // A whole window, the last column of which is new; whether all its results are right. Streaming: past the cache.
  template <bool Streaming>
  POOLNORM_INLINE bool make_and_finish(std::int64_t o, std::int64_t first, const typename Op::Scale& scale) const {
    const Element* kept[Columns];
    for (int j = 0; j < Columns - 1; ++j) kept[j] = ring_slot<Op>(a, first + j);
    Output* dst[outputs];
    for (int r = 0; r < outputs; ++r) dst[r] = static_cast<Output*>(a.dst) + r * a.dst_row + o * a.dst_step;
    Looked<typename Op::Scale> looked{scale};
    make(first + Columns - 1, [&](std::int64_t i, const auto& map, const Acc(&made)[outputs], auto len) POOLNORM_INLINE_LAMBDA {
      for (int r = 0; r < outputs; ++r) {
        const auto at = [&](int j) POOLNORM_INLINE_LAMBDA { return Op::load_acc(kept[j] + outputs * i + r * lanes, len); };
        Acc acc[1] = {at(0)};
        for (int j = 1; j < Columns; ++j) acc[0] = Op::apply(acc[0], j == Columns - 1 ? made[r] : at(j));
        looked.see(acc[0]);
        direct_finish<typename Op::Quick, Mapped>(a.map, map, i, acc, looked.quick(), dst[r] + i, Streaming, len);
      }
    });
    return looked.right();
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
    const bool fresh = next <= last && count == Columns;
    for (next = next < first ? first : next; next < last + (fresh ? 0 : 1); ++next) {
      row.make(next, [](std::int64_t, const auto&, const auto&, auto) {});
    }
    bool done = false;
    if (fresh) {
      ++next;
      const bool streaming = Op::streams && a.stream;
      done = streaming ? row.template make_and_finish<true>(o, first, scale) : row.template make_and_finish<false>(o, first, scale);
    }
    if (!done) finish_two<Op, Mapped>(args, o);
  }
  return watch.any();
}

template <class Op, DirectMap Mapped = DirectMap::none>
bool rolling(const RollingArgs& a) {
  if constexpr (Op::hot && Mapped != DirectMap::inputs) {
    constexpr std::int64_t lanes = Op::Acc::size;
    const bool few = a.width >= lanes && a.width < few_vectors * lanes;
    if (few && a.second == 0 && a.tap_count == 2) return windows_abreast<Op, 2, 3, Mapped>(DirectArgs{a, a.column});
    if (few && a.windows > 2 && a.ranges[2].first - a.ranges[1].first == a.second) {
      if (Mapped == DirectMap::none && a.second == 1) return rolling_few<Op, 3, 3, 1, DirectMap::none>(a);
      if (a.second == 2) return rolling_few<Op, 3, 3, 2, Mapped>(a);
    }
    if (Mapped == DirectMap::none && a.second == 1) return rolling_rows<Op, 3, 3, 1, DirectMap::none>(a);
    if (a.second == 2) return rolling_rows<Op, 3, 3, 2, Mapped>(a);
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
