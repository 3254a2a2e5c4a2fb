// One window to a plane, all of it: vectors along the rows reduce the columns of a few planes, and a transpose
// makes lanes of the planes. Global pools of NCHW, without a row buffer.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/long_columns.hpp"
#include "kernels/mapped.hpp"
#include "kernels/reduction.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// A vector holds a piece of a row of one plane, or of two in its halves.
template <class V>
struct Pieces {
  static constexpr std::int64_t columns = half_rows<V> ? 8 : V::size;
  static constexpr std::int64_t planes = half_rows<V> ? 16 : V::size;
  static constexpr std::int64_t second = half_rows<V> ? 8 : 0;  // the plane in the upper half

  template <class T>
  static POOLNORM_INLINE V load(const T* low, const T* high, Full) {
    if constexpr (half_rows<V>) return load_halves(low, high);
    return POOLNORM_KERNEL_ISA::load(low);
  }
  template <class T>
  static POOLNORM_INLINE V load(const T* low, const T* high, Part len) {
    if constexpr (half_rows<V>) return load_halves_n(low, high, len.n);
    return load_n(low, len.n);
  }
  template <class T>
  static POOLNORM_INLINE V both(T low, T high) {
    if constexpr (half_rows<V>) return halves(low, high);
    return V(low);
  }
};

struct SamePlanes {
  POOLNORM_INLINE SamePlanes(const MapArgs&, std::int64_t, std::int64_t) {}
  POOLNORM_INLINE F32 operator()(F32 x) const { return x; }
};
// Channels `low` and `high` in the halves.
struct MappedPlanes {
  F32 mean, scale, shift, lo, hi;

  POOLNORM_INLINE MappedPlanes(const MapArgs& a, std::int64_t low, std::int64_t high)
      : mean(Pieces<F32>::both(a.mean[low], a.mean[high])),
        scale(Pieces<F32>::both(a.scale[low], a.scale[high])),
        shift(Pieces<F32>::both(a.shift[low], a.shift[high])),
        lo(a.lo),
        hi(a.hi) {}
  POOLNORM_INLINE F32 operator()(F32 x) const { return clamped((x - mean) * scale + shift, lo, hi); }
};

// Sixteen planes, or as many as a vector has lanes, of accumulators like the inputs.
template <class Op, class Map>
struct GlobalGroup {
  using Rows = Pieces<F32>;

  const GlobalArgs& a;
  typename Op::Watch& watch;
  const std::int64_t first, count;  // the last plane stands in for those behind it

  POOLNORM_INLINE std::int64_t plane(std::int64_t k) const { return first + (k < count ? k : count - 1); }

  // Columns i and on of planes k and its second.
  template <class Len>
  POOLNORM_INLINE F32 column(std::int64_t k, std::int64_t i, Len len) const {
    const std::int64_t low = plane(k), high = plane(k + Rows::second);
    const std::int64_t low_at = low * a.planes.src + i, high_at = high * a.planes.src + i;
    const Map map(a.map, low, high);
    const auto tap = [&](std::int64_t t) POOLNORM_INLINE_LAMBDA {
      const float* row = static_cast<const float*>(a.taps[t]);
      if constexpr (vectors_of_line == 1) POOLNORM_FETCH_AHEAD(row + low_at);
      const F32 x = map(Rows::load(row + low_at, row + high_at, len));
      if constexpr (Op::Watch::active) watch.see(x, x);
      return x;
    };
    F32 acc = tap(0);
    for (std::int64_t t = 1; t < a.tap_count; ++t) acc = Op::apply(acc, tap(t));
    return acc;
  }

  // The first n columns of rows, one after the other.
  POOLNORM_INLINE F32 fold(F32 acc, F32 (&m)[Rows::columns], std::int64_t n) const {
    transpose(m);
    for (int j = 0; j < Rows::columns; ++j) {
      if (j < n) acc = Op::apply(acc, m[j]);
    }
    return acc;
  }

  POOLNORM_INLINE F32 reduce() const {
    const F32 none(Op::identity);
    F32 m[Rows::columns];
    if constexpr (Op::any_order) {
      // Pieces of a row meet before the transpose; the last overlaps the one before.
      const std::int64_t last = a.columns - Rows::columns;
      for (int k = 0; k < Rows::columns; ++k) {
        m[k] = last < 0 ? column(k, 0, Part{a.columns}) : column(k, last, Full{});
        for (std::int64_t i = 0; i < last; i += Rows::columns) m[k] = Op::apply(m[k], column(k, i, Full{}));
      }
      return fold(none, m, a.columns);
    } else {
      F32 acc = none;
      for (std::int64_t i = 0; i < a.columns; i += Rows::columns) {
        const std::int64_t n = a.columns - i;
        if (n >= Rows::columns) {
          for (int k = 0; k < Rows::columns; ++k) m[k] = column(k, i, Full{});
        } else {
          for (int k = 0; k < Rows::columns; ++k) m[k] = column(k, i, Part{n});
        }
        acc = fold(acc, m, n);
      }
      return acc;
    }
  }
};

// Lanes that are planes, from plane `first` on.
template <class Op>
POOLNORM_INLINE void store_planes(const GlobalArgs& a, typename Op::Acc y, std::int64_t first, std::int64_t count) {
  constexpr std::int64_t lanes = Op::Acc::size;
  const auto scale = Op::Scale::all(a.scale);
  typename Op::Output* dst = static_cast<typename Op::Output*>(a.dst) + first * a.planes.dst;
  if (a.planes.dst == 1 && count == lanes) return Op::finish(dst, y, scale, Full{});
  if (a.planes.dst == 1) return Op::finish(dst, y, scale, Part{count});
  typename Op::Output lane[lanes];
  Op::finish(lane, y, scale, Full{});
  for (std::int64_t k = 0; k < count; ++k) dst[k * a.planes.dst] = lane[k];
}

template <class Op, class Map = SamePlanes>
bool global(const GlobalArgs& args) {
  const GlobalArgs a = args;
  typename Op::Watch watch;
  constexpr std::int64_t planes = Pieces<F32>::planes;
  for (std::int64_t p = 0; p < a.planes.count; p += planes) {
    const std::int64_t count = a.planes.count - p < planes ? a.planes.count - p : planes;
    store_planes<Op>(a, GlobalGroup<Op, Map>{a, watch, p, count}.reduce(), p, count);
  }
  return watch.any();
}

// Its first n lanes, +0 in the others.
POOLNORM_INLINE F64 first_lanes(F64 x, std::int64_t n) {
  if (n >= lanes64) return x;
  double lane[lanes64];
  store(lane, x);
  return load_n(lane, n > 0 ? n : 0);
}

// A vector of columns of a plane, from `column` on, and the plane's virtual lanes.
template <class Map>
struct WideColumns {
  Map map;
  std::int64_t at, column;
  double* lane;

  POOLNORM_INLINE WideColumns(const GlobalArgs& a, std::int64_t plane, std::int64_t i, double* lanes)
      : map(a.map, plane, plane), at(plane * a.planes.src + i), column(i), lane(lanes) {}
  POOLNORM_INLINE void add(std::int64_t i, F64 x) const {
    double* const to = lane + (column + i) % 8;
    store(to, load(to) + x);
  }
};

// Several of them side by side.
template <class Map, int Vectors, class Len>
POOLNORM_INLINE void wide_columns(const GlobalArgs& a, const WideColumns<Map> (&of)[Vectors], Len len) {
  Wide sum[Vectors];
  for (int v = 0; v < Vectors; ++v) sum[v] = {F64(-0.0), F64(-0.0)};
  for (std::int64_t from = 0; from < a.tap_count; from += run_taps) {
    F32 run[Vectors];
    add_run(run, a.tap_count - from < run_taps ? a.tap_count - from : run_taps,
            [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
              const float* const x = static_cast<const float*>(a.taps[from + t]) + of[v].at;
              if constexpr (vectors_of_line == 1) POOLNORM_FETCH_AHEAD(x);
              return of[v].map(load(x, len));
            });
    for (int v = 0; v < Vectors; ++v) sum[v].add(Wide::from(run[v]));
  }
  for (int v = 0; v < Vectors; ++v) {
    if constexpr (std::is_same_v<Len, Part>) {
      // Lanes behind the row have been mapped, too.
      sum[v] = {first_lanes(sum[v].lo, len.n), first_lanes(sum[v].hi, len.n - lanes64)};
    }
    of[v].add(0, sum[v].lo);
    of[v].add(lanes64, sum[v].hi);
  }
}

template <class Map>
POOLNORM_INLINE void wide_plane(const GlobalArgs& a, std::int64_t plane, double* lane) {
  using Of = WideColumns<Map>;
  std::int64_t i = 0;
  if constexpr (lanes32 < 16) {
    for (; i + 2 * lanes32 <= a.columns; i += 2 * lanes32) {
      const Of of[] = {{a, plane, i, lane}, {a, plane, i + lanes32, lane}};
      wide_columns(a, of, Full{});
    }
  }
  for (; i + lanes32 <= a.columns; i += lanes32) {
    const Of of[] = {{a, plane, i, lane}};
    wide_columns(a, of, Full{});
  }
  if (i < a.columns) {
    const Of of[] = {{a, plane, i, lane}};
    wide_columns(a, of, Part{a.columns - i});
  }
}

// Sums in f64: eight virtual lanes to a plane.
template <class Op, class Map = SamePlanes>
void global_wide(const GlobalArgs& args) {
  const GlobalArgs a = args;
  for (std::int64_t p = 0; p < a.planes.count; p += lanes64) {
    const std::int64_t count = a.planes.count - p < lanes64 ? a.planes.count - p : lanes64;
    double lane[lanes64][8] = {};
    std::int64_t k = 0;
    if constexpr (lanes64 >= 4 && std::is_same_v<Map, SamePlanes>) {
      // Planes of less than a vector have too little to do one by one.
      for (; a.columns < lanes32 && k + 4 <= count; k += 4) {
        using Of = WideColumns<Map>;
        const Of of[] = {{a, p + k, 0, lane[k]},
                         {a, p + k + 1, 0, lane[k + 1]},
                         {a, p + k + 2, 0, lane[k + 2]},
                         {a, p + k + 3, 0, lane[k + 3]}};
        wide_columns(a, of, Part{a.columns});
      }
    }
    for (; k < count; ++k) wide_plane<Map>(a, p + k, lane[k]);
    F64 sum[8];
    for (int v = 0; v < 8; v += lanes64) {
      F64 m[lanes64];
      for (int j = 0; j < lanes64; ++j) m[j] = load(lane[j] + v);
      transpose(m);
      for (int j = 0; j < lanes64; ++j) sum[v + j] = m[j];
    }
    store_planes<Op>(a, Op::join(sum), p, count);
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
