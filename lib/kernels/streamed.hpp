// Planes of rows too wide for registers: both stages in one walk along the rows, and what the next vector
// of windows needs of this one still in registers.
#pragma once

#include "kernels/mapped.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The inputs of a plane as they are, or mapped.
struct AsTheyAre {
  POOLNORM_INLINE AsTheyAre(const NarrowArgs&, std::int64_t) {}
  POOLNORM_INLINE F32 operator()(F32 x) const { return x; }
};
struct MapPlane {
  MapVectors<1> map;

  POOLNORM_INLINE MapPlane(const NarrowArgs& a, std::int64_t plane) : map(same_channel<1>(a.map, plane)) {}
  POOLNORM_INLINE F32 operator()(F32 x) const { return map(0, x); }
};

// The lanes of a row's last vector, which may lie behind the row.
template <class Op>
struct RowEnd {
  M32 within;

  explicit RowEnd(std::int64_t columns) {
    float lane[lanes32];
    for (std::int64_t i = 0; i < lanes32; ++i) lane[i] = i <= (columns - 1) % lanes32 ? 1.0f : 0.0f;
    within = load(lane) > F32(0.0f);
  }
  POOLNORM_INLINE F32 identity(F32 x) const { return xsimd::select(within, x, F32(Op::identity)); }
};

// Vectors of columns under the windows of one output row.
template <class Op, int Taps, int Stride, class Map>
struct StreamedColumns {
  const float* row[Taps];
  const std::int64_t width;
  const RowEnd<Op> end;
  const Map map;
  typename Op::Watch& watch;

  template <class Len>
  POOLNORM_INLINE F32 column(std::int64_t i, Len len) {
    F32 x[Taps];
    for (int t = 0; t < Taps; ++t) {
      // The other rows were read for the outputs above.
      if (t + Stride >= Taps && i / lanes32 % vectors_of_line == 0) POOLNORM_FETCH_AHEAD(row[t] + i);
      x[t] = map(Op::load(row[t] + i, len));
      if constexpr (Op::Watch::active) POOLNORM_LOAD_ONCE(x[t]);
    }
    if constexpr (Op::Watch::active) {
      for (int t = 0; t < Taps; t += 2) watch.see(x[t], x[t + 1 < Taps ? t + 1 : t]);
    }
    F32 acc = x[0];
    for (int t = 1; t < Taps; ++t) acc = Op::apply(acc, x[t]);
    return acc;
  }
  // From element i on, identity behind the row.
  POOLNORM_INLINE F32 get(std::int64_t i) {
    if (i + lanes32 <= width) return column(i, Full{});
    return i < width ? end.identity(column(i, Part{width - i})) : F32(Op::identity);
  }
};

// out(i, windows) for the vectors of windows from i = 0 on, up to n of them.
template <int Taps, int Stride, int Left, class Op, class Map, class Out>
POOLNORM_INLINE void streamed_row(StreamedColumns<Op, Taps, Stride, Map>& columns, std::int64_t n, Out out) {
  const F32 none(Op::identity);
  if constexpr (Stride == 1) {
    F32 before = none, far = none, now = columns.get(0);  // far: before, one lane on
    for (std::int64_t i = 0; i < n; i += lanes32) {
      const F32 next = columns.get(i + lanes32);
      const F32 left = behind(before, now), right = ahead(now, next);
      F32 y = Op::apply(Op::apply(left, now), right);
      if constexpr (Taps == 5) y = Op::apply(Op::apply(behind(far, left), y), ahead(right, ahead(next, next)));
      out(i, y);
      before = now;
      far = left;
      now = next;
    }
  } else {
    const auto pair = [&](std::int64_t i) POOLNORM_INLINE_LAMBDA {
      const F32 low = columns.get(2 * i);
      return deinterleave(low, columns.get(2 * i + lanes32));
    };
    if constexpr (Taps == 2) {
      for (std::int64_t i = 0; i < n; i += lanes32) {
        const Pair<F32> now = pair(i);
        out(i, Op::apply(now.first, now.second));
      }
    } else if constexpr (Left == 0) {
      Pair<F32> now = pair(0);
      for (std::int64_t i = 0; i < n; i += lanes32) {
        const Pair<F32> next = pair(i + lanes32);
        out(i, Op::apply(Op::apply(now.first, now.second), ahead(now.first, next.first)));
        now = next;
      }
    } else {
      F32 before = none;
      for (std::int64_t i = 0; i < n; i += lanes32) {
        const Pair<F32> now = pair(i);
        out(i, Op::apply(Op::apply(behind(before, now.second), now.first), now.second));
        before = now.second;
      }
    }
  }
}

// Every window has a row inside: rows outside are that one, which a maximum does not mind. Sums have none
// outside.
template <class Op, int Taps, int Stride, int Left, class Map>
bool streamed_planes(const NarrowArgs& args) {
  const NarrowArgs a = args;
  typename Op::Watch watch;
  const RowEnd<Op> end(a.src_columns);
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    const float* plane = static_cast<const float*>(a.src) + p * a.planes.src;
    float* dst = static_cast<float*>(a.dst) + p * a.planes.dst;
    const Map map(a, p);
    for (std::int64_t o = 0; o < a.rows; ++o, dst += a.dst_row) {
      StreamedColumns<Op, Taps, Stride, Map> columns{{}, a.src_columns, end, map, watch};
      for (int t = 0; t < Taps; ++t) {
        const std::int64_t r = o * Stride - a.top + t, last = a.src_rows - 1;
        columns.row[t] = plane + (r < 0 ? 0 : r > last ? last : r) * a.src_row;
      }
      const double* line = a.scale == nullptr ? nullptr : a.scale + a.scale_rows[o] * a.scale_pitch;
      const auto scale = Op::Scale::all(line);
      streamed_row<Taps, Stride, Left>(columns, a.columns, [&](std::int64_t i, F32 y) POOLNORM_INLINE_LAMBDA {
        const auto factor = a.scale_step == 0 ? scale : Op::Scale::at(line + i);
        if (i + lanes32 <= a.columns) {
          Op::finish(dst + i, y, factor, Full{});
        } else {
          Op::finish(dst + i, y, factor, Part{a.columns - i});
        }
      });
    }
  }
  return watch.any();
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
