// Gradients of averages and of Lp pooling of small windows: sums of quotients in registers, each output stored once; and what gradients make
// of a sum.
#pragma once

#include "kernels/blocks.hpp"
#include "kernels/formats.hpp"
#include "kernels/spread_table.hpp"
#include "kernels/vectors.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// What is made of a sum beside an input.
struct OfSum {
  static constexpr bool reads = false;
  template <class V>
  static POOLNORM_INLINE V finish(V sum, V) {
    return sum;
  }
};
struct OfTimes {
  static constexpr bool reads = true;
  template <class V>
  static POOLNORM_INLINE V finish(V sum, V x) {
    return x * sum;
  }
};
struct OfSign {
  static constexpr bool reads = true;
  template <class V>
  static POOLNORM_INLINE V finish(V sum, V x) {
    const V zero(typename V::value_type(0));
    return xsimd::select(x > zero, sum, xsimd::select(x < zero, -sum, x));
  }
};

template <class Body>
POOLNORM_INLINE void with_finish(SpreadFinish finish, Body body) {
  switch (finish) {
    case SpreadFinish::sum: return body(OfSum{});
    case SpreadFinish::times: return body(OfTimes{});
    case SpreadFinish::with_sign: return body(OfSign{});
  }
}
// Planes: of elements that are converted sums alone, which would be many loops for what nobody trains with.
template <class Format, class Body>
POOLNORM_INLINE void with_plane_finish(SpreadFinish finish, Body body) {
  if constexpr (converts<Format>) {
    body(OfSum{});
  } else {
    with_finish(finish, body);
  }
}

template <class Format>
struct SpreadBlocks {
  using V = typename Format::Vector;
  using T = typename V::value_type;
  using Element = typename Format::Element;
  static constexpr std::int64_t lanes = V::size;

  // Rows [Begin, End) of a block row that begins at `row`. Together, so that what they share is made once.
  template <class Finish, int K, int S, int Begin, int End>
  static POOLNORM_INLINE void store_rows(const SpreadBlockArgs& a, std::int64_t row, std::int64_t q, const BlockSums<V, K, S>& sums) {
    V lanes_of[S][S];
    for (int i = Begin; i < End; ++i) {
      if constexpr (S == 2) {
        const Pair<V> both = interleave(sums.rows[i][0], sums.rows[i][1]);
        lanes_of[i][0] = both.first;
        lanes_of[i][1] = both.second;
      } else {
        lanes_of[i][0] = sums.rows[i][0];
      }
    }
    const std::int64_t column = S * q, left = a.columns - column;
    const auto store_one = [&](int i, int j, auto len) POOLNORM_INLINE_LAMBDA {
      const std::int64_t at = row + i - a.begin, here = column + j * lanes;
      V x(T(0));
      if constexpr (Finish::reads) x = Format::load(static_cast<const Element*>(a.x) + at * a.x_row + here, len);
      Format::store(static_cast<Element*>(a.dst) + at * a.dst_row + here, Finish::finish(lanes_of[i][j], x) + V(T(0)), len);
    };
    if (left >= S * lanes) {
      for (int i = Begin; i < End; ++i) {
        for (int j = 0; j < S; ++j) store_one(i, j, Full{});
      }
      return;
    }
    for (int j = 0; j < S && left > j * lanes; ++j) {
      if (left >= (j + 1) * lanes) {
        for (int i = Begin; i < End; ++i) store_one(i, j, Full{});
      } else {
        for (int i = Begin; i < End; ++i) store_one(i, j, Part{left - j * lanes});
      }
    }
  }

  // Lanes from q on, down the rows of a plane.
  template <class Finish, int K, int S, int Left>
  static POOLNORM_INLINE void lane_blocks(const SpreadBlockArgs& a, std::int64_t q) {
    const WindowRows<SpreadBlockArgs> rows{a};
    BlockSums<V, K, S> sums(V(T(-0.0)));
    for (std::int64_t o = rows.oldest(); rows.input(o) < a.end; ++o) {
      if (rows.there(o)) {
        const T* const windows = static_cast<const T*>(a.quotients) + (o - a.first) * a.quotient_row + q;
        V seen[3];  // q - 1, q, q + 1
        seen[1] = load(windows);
        if constexpr (sees_before<K, S, Left>) seen[0] = load(windows - 1);
        if constexpr (sees_after<K, S, Left>) seen[2] = load(windows + 1);
        for (int j = 0; j < S; ++j) {
          V row = sums.none;
          for (int from = -1; from <= 1; ++from) {
            if (tap_column<K, S, Left>(j, from) >= 0) row = row + seen[from + 1];
          }
          row = row + V(T(0));
          for (int r = 0; r < K; ++r) sums.rows[r][j] = sums.rows[r][j] + row;
        }
      }
      const std::int64_t row = rows.input(o);
      if (rows.made(row) && rows.made(row + S - 1)) {
        store_rows<Finish, K, S, 0, S>(a, row, q, sums);
      } else if (rows.made(row)) {
        store_rows<Finish, K, S, 0, 1>(a, row, q, sums);
      } else if (rows.made(row + S - 1)) {
        store_rows<Finish, K, S, S - 1, S>(a, row, q, sums);
      }
      sums.next();
    }
  }

  template <class Finish, int K, int S, int Left>
  static POOLNORM_NOINLINE void all_lanes(const SpreadBlockArgs& args) {
    const SpreadBlockArgs a = args;
    for (std::int64_t q = 0; S * q < a.columns; q += lanes) lane_blocks<Finish, K, S, Left>(a, q);
  }
  template <class Finish>
  static void of_shape(const SpreadBlockArgs& a) {
    if (a.taps == 2) return all_lanes<Finish, 2, 2, 0>(a);
    if (a.stride == 1) return all_lanes<Finish, 3, 1, 1>(a);
    return a.left == 0 ? all_lanes<Finish, 3, 2, 0>(a) : all_lanes<Finish, 3, 2, 1>(a);
  }
  static void blocks(const SpreadBlockArgs& a) {
    with_plane_finish<Format>(a.finish, [&](auto finish) { of_shape<decltype(finish)>(a); });
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
