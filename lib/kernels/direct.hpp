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
  Map map;
  Len len;
  typename Op::Watch& watch;
  Acc older[Vectors], newer[Vectors];
  std::int64_t older_at, newer_at;

  POOLNORM_INLINE void read(const typename Op::Input* p, Acc (&x)[Vectors]) {
    for (int v = 0; v < Vectors; ++v) {
      if (Rows == 2 && !Keep && v % vectors_of_line == 0) POOLNORM_FETCH_AHEAD(p + v * lanes);
      x[v] = map(v, Op::load(p + v * lanes, len));
    }
    if constexpr (Op::Watch::active) {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[Vectors == 1 ? 0 : v + 1]);
    }
  }

  POOLNORM_INLINE void make(std::int64_t at, Acc (&acc)[Vectors]) {
    const std::int64_t rows = Rows > 0 ? Rows : count;
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
      reinterpret_cast<const typename Op::Input* const*>(a.taps), a.tap_count, map, len, watch, {}, {}, -1, -1};
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
  [[maybe_unused]] constexpr int vectors = (Keep && few_registers) || Mapped == DirectMap::inputs ? 2 : 4;
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

template <class Op>
bool direct(const DirectArgs& a) {
  // With 16 registers, keeping columns halves the strip; sharing one column does not pay for that.
  const bool keep = a.shared_columns >= (few_registers ? 2 : 1);
  if constexpr (Op::hot) {
    if (a.tap_count == 2 && !keep) return direct_counted<Op, 2, false>(a);
    if (a.tap_count == 3) return keep ? direct_counted<Op, 3, true>(a) : direct_counted<Op, 3, false>(a);
  }
  return keep ? direct_counted<Op, 0, true>(a) : direct_counted<Op, 0, false>(a);
}

// One walk for windows of any kind: Keep where they mostly share columns.
template <class Op, bool Keep>
bool mapped_direct(const DirectArgs& a) {
  return direct_counted<Op, 0, Keep, DirectMap::inputs>(a);
}

template <class Op>
bool flipped_direct(const DirectArgs& a) {
  if constexpr (Op::hot) {
    if (a.tap_count == 3) return direct_counted<Op, 3, !few_registers, DirectMap::results>(a);
  }
  return direct_counted<Op, 0, !few_registers, DirectMap::results>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
