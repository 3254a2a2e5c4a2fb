// Ways back of small windows, K x K taps, S apart, of padding Left in front of a row: inputs by blocks of S x S, of which block (o, w) is
// where window (o, w) begins. Its input (i, j) is seen by the windows (o - x, w - y) as their tap (i + x * S, j + y * S).
#pragma once

#include "kernels/pairs.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Windows before its own that see inputs of a block, along an axis.
constexpr std::int64_t older_windows(std::int64_t taps, std::int64_t stride) { return (taps + stride - 1) / stride - 1; }

// Rows of windows that see a band of inputs. Args: of SpreadBlockArgs or CollectBlockArgs.
template <class Args>
struct WindowRows {
  const Args& a;

  POOLNORM_INLINE std::int64_t input(std::int64_t o) const { return o * a.stride - a.top; }
  POOLNORM_INLINE bool there(std::int64_t o) const { return o >= a.first && o < a.last; }
  POOLNORM_INLINE bool made(std::int64_t row) const { return row >= a.begin && row < a.end; }
  // The first row whose windows, or those of the next ones, see the band.
  POOLNORM_INLINE std::int64_t oldest() const {
    const std::int64_t o = (a.begin + a.top) / a.stride - older_windows(a.taps, a.stride);
    return o < 0 ? 0 : o;
  }
};

// Columns q * S + j, j < S, of a lane q each are seen by windows q - 1, q and q + 1: as its tap of this column, or none, less than 0.
template <int K, int S, int Left>
constexpr int tap_column(int j, int from) {
  const int column = j + Left - from * S;
  return column < K ? column : -1;
}
template <int K, int S, int Left>
inline constexpr bool sees_before = tap_column<K, S, Left>(0, -1) >= 0;
template <int K, int S, int Left>
inline constexpr bool sees_after = tap_column<K, S, Left>(S - 1, 1) >= 0;

// What the inputs of K rows have so far, by lanes q: row r is r rows below the window row's first. K - S of them go on to the next.
template <class V, int K, int S>
struct BlockSums {
  V none;
  V rows[K][S];

  POOLNORM_INLINE explicit BlockSums(V nothing) : none(nothing) {
    for (auto& row : rows) {
      for (V& v : row) v = none;
    }
  }
  POOLNORM_INLINE void next() {
    for (int r = 0; r < K; ++r) {
      for (int j = 0; j < S; ++j) rows[r][j] = r + S < K ? rows[r + S < K ? r + S : 0][j] : none;
    }
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
