// Planes of narrow rows, the small windows of networks: a row is a few registers, so a plane is walked
// down with the rows that the next windows need still in registers, and its columns never leave them.
#pragma once

#include "kernels/streamed.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr std::int64_t narrow_blocks = 4;

// Rows have names, not numbers: an array of them would not stay in registers.
template <class Op, int Blocks>
struct NarrowRow {
  F32 v[Blocks];
  POOLNORM_INLINE NarrowRow operator+(const NarrowRow& x) const {
    NarrowRow sum;
    for (int i = 0; i < Blocks; ++i) sum.v[i] = Op::apply(v[i], x.v[i]);
    return sum;
  }
};

// The rows of a plane, identity above and below.
template <class Op, int Blocks>
struct NarrowRows {
  const float* plane = nullptr;
  const std::int64_t count, columns, step;
  const RowEnd<Op> end;
  float none[Blocks * lanes32];

  POOLNORM_INLINE explicit NarrowRows(const NarrowArgs& a)
      : count(a.src_rows), columns(a.src_columns), step(a.src_row), end(columns) {
    for (float& x : none) x = Op::identity;
  }

  template <class Map>
  POOLNORM_INLINE F32 block(const float* row, int v, const Map& map) const {
    const float* p = row + v * lanes32;
    if (v < Blocks - 1) return map(load(p));
    const F32 x = map(load_within(p, end.within, columns - v * lanes32, F32(Op::identity)));
    return std::is_same_v<Map, AsTheyAre> ? x : end.identity(x);
  }

  template <class Map>
  POOLNORM_INLINE NarrowRow<Op, Blocks> get(std::int64_t r, const Map& map, typename Op::Watch& watch) const {
    const float* row = r >= 0 && r < count ? plane + r * step : none;
    NarrowRow<Op, Blocks> x;
    for (int i = 0; i < Blocks; ++i) {
      if (i % vectors_of_line == 0) POOLNORM_FETCH_AHEAD(row + i * lanes32);
      x.v[i] = block(row, i, map);
      if constexpr (Op::Watch::active) POOLNORM_LOAD_ONCE(x.v[i]);
    }
    if constexpr (Op::Watch::active) {
      for (int i = 0; i < Blocks; i += 2) watch.see(x.v[i], x.v[i + 1 < Blocks ? i + 1 : i]);
    }
    return x;
  }
};

// The first n elements of a row of outputs.
template <class Op, int Outs>
POOLNORM_INLINE void narrow_store(const NarrowArgs& a, std::int64_t row, float* dst, const F32 (&y)[Outs], std::int64_t n) {
  const double* scale = a.scale == nullptr ? nullptr : a.scale + a.scale_rows[row] * a.scale_pitch;
  for (int v = 0; v < Outs; ++v) {
    const auto factor = a.scale_step == 0 ? Op::Scale::all(scale) : Op::Scale::at(scale + v * lanes32);
    const std::int64_t rest = n - v * lanes32;
    if (v < Outs - 1 || rest >= lanes32) {
      Op::finish(dst + v * lanes32, y[v], factor, Full{});
    } else {
      Op::finish(dst + v * lanes32, y[v], factor, Part{rest});
    }
  }
}

// Windows along a row of columns.
template <class Op, int Taps, int Stride, int Left, int Blocks, int Outs>
POOLNORM_INLINE void narrow_across(const F32 (&c)[Blocks], F32 (&y)[Outs]) {
  const F32 none(Op::identity);
  if constexpr (Stride == 1) {
    static_assert(Taps == 2 * Left + 1);
    F32 before[Blocks], after[Blocks];
    for (int v = 0; v < Blocks; ++v) {
      before[v] = behind(v > 0 ? c[v - 1] : none, c[v]);
      after[v] = ahead(c[v], v + 1 < Blocks ? c[v + 1] : none);
    }
    for (int v = 0; v < Blocks; ++v) {
      if constexpr (Taps == 3) {
        y[v] = Op::apply(Op::apply(before[v], c[v]), after[v]);
      } else {
        static_assert(Taps == 5);
        const F32 first = behind(v > 0 ? before[v - 1] : none, before[v]);
        const F32 last = ahead(after[v], v + 1 < Blocks ? after[v + 1] : none);
        y[v] = Op::apply(Op::apply(Op::apply(Op::apply(first, before[v]), c[v]), after[v]), last);
      }
    }
  } else {
    static_assert(Stride == 2 && Left == (Taps == 3 ? Left : 0));
    F32 even[Outs], odd[Outs];
    for (int v = 0; v < Outs; ++v) {
      const Pair<F32> p = deinterleave(c[2 * v], 2 * v + 1 < Blocks ? c[2 * v + 1] : none);
      even[v] = p.first;
      odd[v] = p.second;
    }
    for (int v = 0; v < Outs; ++v) {
      if constexpr (Taps == 2) {
        y[v] = Op::apply(even[v], odd[v]);
      } else if constexpr (Left == 0) {
        y[v] = Op::apply(Op::apply(even[v], odd[v]), ahead(even[v], v + 1 < Outs ? even[v + 1] : none));
      } else {
        y[v] = Op::apply(Op::apply(behind(v > 0 ? odd[v - 1] : none, odd[v]), even[v]), odd[v]);
      }
    }
  }
}

// A map wants every row of the windows inside.
template <class Op, int Taps, int Stride, int Left, int Blocks, class Map>
bool narrow_planes(const NarrowArgs& args) {
  constexpr int kept = Taps - Stride, outs = Stride == 1 ? Blocks : (Blocks + 1) / 2;
  const NarrowArgs a = args;
  typename Op::Watch watch;
  NarrowRows<Op, Blocks> rows(a);
  // A vector may reach over the end of its row where that is written after it.
  const std::int64_t over = outs * lanes32 - a.columns;
  const bool packed = a.dst_row == a.columns && (a.planes.count == 1 || a.planes.dst == a.rows * a.columns);
  std::int64_t left = a.planes.count * a.rows * a.columns;
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    rows.plane = static_cast<const float*>(a.src) + p * a.planes.src;
    float* dst = static_cast<float*>(a.dst) + p * a.planes.dst;
    const Map map(a, p);
    const auto row = [&](std::int64_t r) POOLNORM_INLINE_LAMBDA { return rows.get(r - a.top, map, watch); };
    NarrowRow<Op, Blocks> r0, r1, r2, r3;
    if constexpr (kept > 0) r0 = row(0);
    if constexpr (kept > 1) r1 = row(1);
    if constexpr (kept > 2) r2 = row(2);
    if constexpr (kept > 3) r3 = row(3);
    for (std::int64_t o = 0; o < a.rows; ++o, dst += a.dst_row) {
      NarrowRow<Op, Blocks> c;
      F32 y[outs];
      if constexpr (Taps == 2) {
        r0 = row(2 * o);
        c = r0 + row(2 * o + 1);
      } else if constexpr (Stride == 2) {
        r1 = row(2 * o + 1);
        r2 = row(2 * o + 2);
        c = r0 + r1 + r2;
        r0 = r2;
      } else if constexpr (Taps == 3) {
        r2 = row(o + 2);
        c = r0 + r1 + r2;
        r0 = r1;
        r1 = r2;
      } else {
        const NarrowRow<Op, Blocks> r4 = row(o + 4);
        c = r0 + r1 + r2 + r3 + r4;
        r0 = r1;
        r1 = r2;
        r2 = r3;
        r3 = r4;
      }
      narrow_across<Op, Taps, Stride, Left, Blocks>(c.v, y);
      left -= a.columns;
      narrow_store<Op>(a, o, dst, y, packed && left >= over ? outs * lanes32 : a.columns);
    }
  }
  return watch.any();
}

template <class Op, int Taps, int Stride, int Left, class Map = AsTheyAre>
POOLNORM_INLINE bool narrow_sized(const NarrowArgs& a) {
  // One size serves all rows of a reduction whose speed is no matter.
  if constexpr (!Op::wide || !Op::hot) return streamed_planes<Op, Taps, Stride, Left, Map>(a);
  if constexpr (Taps == 2 || (Taps == 3 && Op::any_order)) {
    if (a.src_columns > narrow_blocks * lanes32) return streamed_planes<Op, Taps, Stride, Left, Map>(a);
  }
  if (a.src_columns <= lanes32) return narrow_planes<Op, Taps, Stride, Left, 1, Map>(a);
  if (a.src_columns <= 2 * lanes32) return narrow_planes<Op, Taps, Stride, Left, 2, Map>(a);
  if (a.src_columns <= 3 * lanes32) return narrow_planes<Op, Taps, Stride, Left, 3, Map>(a);
  return narrow_planes<Op, Taps, Stride, Left, 4, Map>(a);
}

template <class Op, class Map = AsTheyAre>
bool narrow_halving(const NarrowArgs& a) {
  return narrow_sized<Op, 2, 2, 0, Map>(a);
}

template <class Op>
bool narrow_other(const NarrowArgs& a) {
  if constexpr (Op::any_order) {
    if (a.taps == 5) return narrow_sized<Op, 5, 1, 2>(a);
  }
  if (a.stride == 2 && a.left == 0) return narrow_sized<Op, 3, 2, 0>(a);
  return a.stride == 1 ? narrow_sized<Op, 3, 1, 1>(a) : narrow_sized<Op, 3, 2, 1>(a);
}

template <class Op>
bool narrow(const NarrowArgs& a) {
  return a.taps == 2 ? narrow_halving<Op>(a) : narrow_other<Op>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
