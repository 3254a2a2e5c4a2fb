// Max pooling with indices of 2 x 2 and 3 x 3 windows, one or two apart, along W (NCHW): a vector of windows goes down the rows of a
// plane, with the best of the rows that the windows below share still in registers.
#pragma once

#include "kernels/index_best.hpp"
#include "kernels/index_table.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The taps of a vector of windows in a row, from column `at` on. In front of the first column stands the same once more, behind the last
// -inf. Edge: some windows end there.
template <int K, int S, int Left, bool Edge>
struct BandTaps {
  const std::int64_t at, columns;
  const std::int64_t before;  // the column in front of the vector
  M32 within[2];              // of loads from `at` on and a vector further

  BandTaps(std::int64_t first, std::int64_t count) : at(first), columns(count), before(first > 0 ? first - 1 : 0) {
    if constexpr (Edge) {
      float lane[2 * lanes32];
      for (std::int64_t i = 0; i < 2 * lanes32; ++i) lane[i] = i < columns - at ? 1.0f : 0.0f;
      for (int v = 0; v < 2; ++v) within[v] = load(lane + v * lanes32) > F32(0.0f);
    }
  }
  // Columns that a vector reads.
  static constexpr std::int64_t reads = S * lanes32 + (Left == 1 ? (S == 1 && K == 3 ? 1 : 0) : K - S > 0 ? K - S : 0);

  POOLNORM_INLINE F32 vector(const float* row, int v) const {
    const float* const p = row + at + v * lanes32;
    if constexpr (!Edge) return load(p);
    const std::int64_t left = columns - at - v * lanes32;
    return load_within(p, within[v], left < 0 ? 0 : left, F32(-__builtin_inff()));
  }
  // Column `after` of those behind the vector, in every lane.
  POOLNORM_INLINE F32 next(const float* row, std::int64_t after) const {
    const std::int64_t column = at + S * lanes32 + after;
    return F32(!Edge || column < columns ? row[column] : -__builtin_inff());
  }

  POOLNORM_INLINE void get(const float* row, F32 (&tap)[K]) const {
    F32 x = vector(row, 0), y{};
    if constexpr (S == 2) {
      const Pair<F32> pair = deinterleave(x, vector(row, 1));
      x = pair.first, y = pair.second;
    }
    if constexpr (Left == 1) {
      tap[0] = behind(F32(row[before]), S == 1 ? x : y);
      tap[1] = x;
      if constexpr (K == 3) tap[2] = S == 1 ? ahead(x, next(row, 0)) : y;
    } else {
      tap[0] = x;
      tap[1] = S == 1 ? ahead(x, next(row, 0)) : y;
      if constexpr (K == 3) tap[2] = S == 1 ? ahead(tap[1], next(row, 1)) : ahead(x, next(row, 0));
    }
  }
};

template <class Len>
POOLNORM_INLINE void store_indices(const IndexBandArgs& a, std::int64_t at, I32 index, Len len) {
  if (a.bytes) return store8(static_cast<std::uint8_t*>(a.index) + at, narrow8(index), len);
  store(static_cast<std::int32_t*>(a.index) + at, index, len);
}

// Windows [w, w + n) of all rows, n <= lanes32: down the rows, with the bests of those that the windows below see, too, in registers.
// Whether there was a NaN that fast comparisons cannot place.
template <int K, int S, int Left, bool Exact, bool Edge>
POOLNORM_NOINLINE bool down_band(const IndexBandArgs& args, std::int64_t w, std::int64_t n) {
  using One = Best<F32, Exact>;
  constexpr int older = K > S ? K - S : 0;  // rows that the windows above have seen
  const IndexBandArgs a = args;
  const BandTaps<K, S, Left, Edge> taps(w * S, a.columns);
  std::int32_t place[lanes32], name[lanes32] = {};
  for (std::int64_t i = 0; i < lanes32; ++i) place[i] = static_cast<std::int32_t>(a.origin + (w + i) * a.window_column);
  // In front of the first column the second tap stands once more.
  if (Left == 1 && w == 0) name[0] = static_cast<std::int32_t>(a.tap_column);
  const I32 places = load(place), below = I32(static_cast<std::int32_t>(a.tap_row));
  const F32 first = Lanes<F32>::bits(load(name)), second = bits<F32>(a.tap_column), third = bits<F32>(2 * a.tap_column);
  M32 seen(false);

  // Above the first row that stands once more, named as the tap below; behind the last one that.
  const auto row = [&](std::int64_t r) POOLNORM_INLINE_LAMBDA {
    const std::int64_t inside = r < 0 ? 0 : r < a.src_rows ? r : a.src_rows - 1;
    F32 x[K];
    taps.get(static_cast<const float*>(a.src) + inside * a.src_row, x);
    if constexpr (!Exact) {
      seen = either(seen, unordered(x[0], x[1]));
      if constexpr (K == 3) seen = either(seen, unordered(x[2], x[2]));
    }
    One best;
    best.value = x[0];
    best.index = first;
    best.choose(x[1], second);
    if constexpr (K == 3) best.choose(x[2], third);
    if (r < 0) best.index = add_index<F32>(best.index, below);
    return best;
  };
  One kept[older > 0 ? older : 1];
  for (int i = 0; i < older; ++i) kept[i] = row(a.first + i);
  for (std::int64_t o = 0; o < a.rows; ++o) {
    One rows[K];
    for (int i = 0; i < older; ++i) rows[i] = kept[i];
    for (int i = older; i < K; ++i) rows[i] = row(a.first + o * S + i);
    One best = rows[0];
    for (int i = 1; i < K; ++i) {
      best.choose(rows[i].value, add_index<F32>(rows[i].index, i == 1 ? below : I32(static_cast<std::int32_t>(2 * a.tap_row))));
    }
    for (int i = 0; i < older; ++i) kept[i] = rows[S + i];
    const I32 index = Lanes<F32>::integers(best.index) + places + I32(static_cast<std::int32_t>(o * a.window_row));
    float* const to = static_cast<float*>(a.value) + o * a.value_row + w;
    if (!Edge || n == lanes32) {
      store(to, best.value + F32(0.0f), Full{});
      store_indices(a, o * a.index_row + w, index, Full{});
    } else {
      store(to, best.value + F32(0.0f), Part{n});
      store_indices(a, o * a.index_row + w, index, Part{n});
    }
  }
  return xsimd::any(seen);
}

template <int K, int S, int Left, bool Exact>
bool band_of(const IndexBandArgs& a) {
  bool seen = false;
  const std::int64_t n = a.windows < lanes32 ? a.windows : lanes32;
  for (std::int64_t at = 0; at < a.windows; at += lanes32) {
    const std::int64_t w = at + n <= a.windows ? at : a.windows - n;  // the last vector may overlap the one before
    const bool inside = n == lanes32 && w * S + BandTaps<K, S, Left, false>::reads <= a.columns;
    seen |= Exact || !inside ? down_band<K, S, Left, Exact, true>(a, w, n) : down_band<K, S, Left, Exact, Exact>(a, w, n);
  }
  return seen;
}

template <bool Exact>
bool band(const IndexBandArgs& a) {
  const bool left = a.left == 1;
  if (a.taps == 3 && a.stride == 2) return left ? band_of<3, 2, 1, Exact>(a) : band_of<3, 2, 0, Exact>(a);
  if (a.taps == 3) return left ? band_of<3, 1, 1, Exact>(a) : band_of<3, 1, 0, Exact>(a);
  if (a.stride == 2) return left ? band_of<2, 2, 1, Exact>(a) : band_of<2, 2, 0, Exact>(a);
  return left ? band_of<2, 1, 1, Exact>(a) : band_of<2, 1, 0, Exact>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
