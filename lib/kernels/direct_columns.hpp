// What windows without a row buffer are made of: their columns, and what follows them.
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
POOLNORM_INLINE auto direct_map(const MapArgs& a, std::int64_t i, Len len) {
  if constexpr (Mapped == DirectMap::inputs) {
    return channel_per_element<Vectors>(a, i, len);
  } else if constexpr (Mapped == DirectMap::results) {
    return flips_per_element<Vectors>(a, i, len);
  } else {
    return NoMap{};
  }
}

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

// Columns of windows, `Vectors` vectors of channels wide. Rows > 0 fixes the number of taps; 0 takes it from the arguments.
template <class Op, int Rows, int Vectors, class Map, class Len>
struct DirectColumns {
  using Acc = typename Op::Acc;
  static constexpr std::int64_t lanes = Acc::size;

  const typename Op::Input* const* taps;
  std::int64_t count;
  Map map;
  Len len;
  typename Op::Watch& watch;

  POOLNORM_INLINE void get(std::int64_t at, Acc (&column)[Vectors]) {
    const std::int64_t rows = Rows > 0 ? Rows : count;
    for (std::int64_t t = 0; t < rows; ++t) {
      Acc x[Vectors];
      for (int v = 0; v < Vectors; ++v) x[v] = map(v, Op::load(taps[t] + at + v * lanes, len));
      see(x);
      for (int v = 0; v < Vectors; ++v) column[v] = t == 0 ? x[v] : Op::apply(column[v], x[v]);
    }
  }

  // A vector of two output rows, the second of which begins `Second` input rows below.
  template <int Second>
  POOLNORM_INLINE void rows(std::int64_t at, Acc (&column)[2]) {
    Acc x[Rows + Second];
    for (int t = 0; t < Rows + Second; ++t) {
      x[t] = map(0, Op::load(taps[t] + at, len));
      if constexpr (Op::Watch::active) POOLNORM_LOAD_ONCE(x[t]);
    }
    see(x);
    for (int r = 0; r < 2; ++r) {
      column[r] = x[r * Second];
      for (int t = 1; t < Rows; ++t) column[r] = Op::apply(column[r], x[r * Second + t]);
    }
  }

 private:
  template <int Count>
  POOLNORM_INLINE void see(const Acc (&x)[Count]) {
    if constexpr (Op::Watch::active) {
      for (int v = 0; v < Count; v += 2) watch.see(x[v], x[v + 1 < Count ? v + 1 : v]);
    }
  }
};

// A window's results, from element i of the group on.
template <class Op, DirectMap Mapped, int Vectors, class Map, class Len>
POOLNORM_INLINE void direct_finish(const MapArgs& args, const Map& map, std::int64_t i, typename Op::Acc (&acc)[Vectors],
                                   typename Op::Scale scale, typename Op::Output* dst, bool streaming, Len len) {
  constexpr std::int64_t lanes = Op::Acc::size;
  for (int v = 0; v < Vectors; ++v) {
    if constexpr (Mapped == DirectMap::results) acc[v] = map.result(args, v, i, acc[v], len);
    if constexpr (std::is_same_v<Len, Full> && Op::streams) {
      if (streaming) {
        stream(dst + v * lanes, Op::result(acc[v], scale));
        continue;
      }
    }
    Op::finish(dst + v * lanes, acc[v], scale, len);
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
