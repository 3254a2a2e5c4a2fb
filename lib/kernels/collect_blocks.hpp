// The way back by indices of max pooling with small windows; Format as in formats.hpp, in lanes of f32, and Merge as in merge.hpp.
#pragma once

#include "kernels/blocks.hpp"
#include "kernels/collect_table.hpp"
#include "kernels/formats.hpp"
#include "kernels/merge.hpp"
#include "kernels/tap_names.hpp"
#include "kernels/vectors.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Of one window a lane: the gradient, and which tap it goes to; -1 where there is no window.
struct TappedWindow {
  F32 gradient{0.0f};
  I32 tap{-1};

  template <class Merge>
  POOLNORM_INLINE F32 into(F32 sum, int to) const {
    return Merge::into(sum, tap == I32(to), gradient);
  }
};

// What taps there are that no window can have: `worst` is above most.
struct TapWatch {
  I32 worst{-1};
  POOLNORM_INLINE void see(I32 tap) { worst = xsimd::max(worst, tap); }
  // Of windows that have no input at a tap.
  POOLNORM_INLINE void see_outside(I32 tap, int at) { worst = xsimd::select(tap == I32(at), I32(256), worst); }
  template <int K>
  POOLNORM_INLINE bool right() const {
    return !xsimd::any(worst >= I32(K * K));
  }
};

// Taps of the lanes that are meant.
POOLNORM_INLINE I32 within(I32 tap, Full) { return tap; }
POOLNORM_INLINE I32 within(I32 tap, Part len) {
  return xsimd::select(lane_numbers() < I32(static_cast<std::int32_t>(len.n)), tap, I32(-1));
}

// Besides, whether the band is the one that watches a row's taps: that of its first input.
template <class Element>
struct BlockRows : WindowRows<CollectBlockArgs> {
  using Base = WindowRows<CollectBlockArgs>;
  using Base::a, Base::input, Base::there;

  POOLNORM_INLINE bool watched(std::int64_t o) const { return there(o) && (a.begin == 0 || input(o) >= a.begin); }
  POOLNORM_INLINE bool has_row(std::int64_t o, std::int64_t tap_row) const { return input(o) + tap_row >= 0 && input(o) + tap_row < a.rows; }
  POOLNORM_INLINE bool has_rows(std::int64_t o) const { return has_row(o, 0) && has_row(o, a.taps - 1); }
  POOLNORM_INLINE Element* dst(std::int64_t row, std::int64_t column) const {
    return static_cast<Element*>(a.dst) + (row - a.begin) * a.dst_row + column * a.dst_step;
  }
  POOLNORM_INLINE const Element* gradients(std::int64_t o) const {
    return static_cast<const Element*>(a.gradients) + (o - a.first) * a.gradient_row;
  }
  POOLNORM_INLINE const std::uint8_t* names(std::int64_t o) const { return a.names + (o - a.first) * a.name_row; }
};

// Block (o, w), which has all its inputs, and whose windows are all there and have all their taps.
template <class Format, class Merge, int K, int S>
POOLNORM_INLINE void whole_block(const CollectBlockArgs& a, std::int64_t o, std::int64_t w, TapWatch& watch) {
  using Element = typename Format::Element;
  const BlockRows<typename Format::Element> rows{a};
  constexpr int older = older_windows(K, S);
  const Element* gradients[older + 1][older + 1];
  const std::uint8_t* names[older + 1][older + 1];
  for (int x = 0; x <= older; ++x) {
    for (int y = 0; y <= older; ++y) {
      gradients[x][y] = rows.gradients(o - x) + (w - y) * a.gradient_step;
      names[x][y] = rows.names(o - x) + (w - y) * a.name_step;
    }
  }
  Element* const dst = rows.dst(rows.input(o), w * S - a.left);
  const std::int64_t dst_row = a.dst_row, dst_step = a.dst_step;
  vectors(lanes32, a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    TappedWindow seen[older + 1][older + 1];
    for (int x = 0; x <= older; ++x) {
      for (int y = 0; y <= older; ++y) seen[x][y] = {Format::load(gradients[x][y] + e, len), widen_unsigned(load8(names[x][y] + e, len))};
    }
    watch.see(seen[0][0].tap);
    for (int i = 0; i < S; ++i) {
      for (int j = 0; j < S; ++j) {
        F32 sum(0.0f);
        for (int x = older; x >= 0; --x) {
          for (int y = older; y >= 0; --y) {
            if (i + x * S < K && j + y * S < K) sum = seen[x][y].template into<Merge>(sum, (i + x * S) * K + j + y * S);
          }
        }
        Format::store(dst + i * dst_row + j * dst_step + e, sum, len);
      }
    }
  });
}

// Any other: input by input, and then what window (o, w) calls its taps.
template <class Format, class Merge, int K, int S>
POOLNORM_NOINLINE void border_block(const CollectBlockArgs& a, std::int64_t o, std::int64_t w, TapWatch& watch) {
  using Element = typename Format::Element;
  const BlockRows<Element> rows{a};
  constexpr int older = older_windows(K, S), most = (older + 1) * (older + 1);
  const std::int64_t row = rows.input(o), column = w * S - a.left;
  const auto has_column = [&](std::int64_t c) POOLNORM_INLINE_LAMBDA { return c >= 0 && c < a.columns; };
  for (int t = 0; t < S * S; ++t) {
    const int i = t / S, j = t % S;
    if (!rows.made(row + i) || !has_column(column + j)) continue;
    const Element* gradients[most];
    const std::uint8_t* names[most];
    I32 tap[most];
    int count = 0;
    for (int x = older; x >= 0; --x) {
      for (int y = older; y >= 0; --y) {
        if (i + x * S >= K || j + y * S >= K || !rows.there(o - x) || w < y || w - y >= a.windows) continue;
        gradients[count] = rows.gradients(o - x) + (w - y) * a.gradient_step;
        names[count] = rows.names(o - x) + (w - y) * a.name_step;
        tap[count++] = I32((i + x * S) * K + j + y * S);
      }
    }
    Element* const dst = rows.dst(row + i, column + j);
    vectors(lanes32, a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      F32 sum(0.0f);
      for (int n = 0; n < count; ++n) {
        sum = Merge::into(sum, widen_unsigned(load8(names[n] + e, len)) == tap[n], Format::load(gradients[n] + e, len));
      }
      Format::store(dst + e, sum, len);
    });
  }
  if (!rows.watched(o) || w >= a.windows) return;
  const std::uint8_t* const names = rows.names(o) + w * a.name_step;
  int outside[K * K], count = 0;
  for (int t = 0; t < K * K; ++t) {
    if (!rows.has_row(o, t / K) || !has_column(column + t % K)) outside[count++] = t;
  }
  vectors(lanes32, a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    const I32 tap = within(widen_unsigned(load8(names + e, len)), len);
    watch.see(tap);
    for (int n = 0; n < count; ++n) watch.see_outside(tap, outside[n]);
  });
}

template <class Format, class Merge, int K, int S>
POOLNORM_NOINLINE bool blocks_of_channels(const CollectBlockArgs& args) {
  const CollectBlockArgs a = args;
  const BlockRows<typename Format::Element> rows{a};
  TapWatch watch;
  constexpr std::int64_t older = older_windows(K, S);
  const std::int64_t blocks = (a.columns + a.left + S - 1) / S, room = a.columns + a.left - K;
  const std::int64_t inside = (a.left + S - 1) / S, whole_begin = inside < older ? older : inside;
  const std::int64_t fit = room < 0 ? 0 : room / S + 1, whole_end = fit < a.windows ? fit : a.windows;
  for (std::int64_t o = a.begin == 0 ? 0 : (a.begin + a.top) / S; rows.input(o) < a.end; ++o) {
    const std::int64_t at = rows.input(o);
    const bool whole = rows.there(o) && rows.there(o - older) && rows.made(at) && rows.made(at + S - 1) && rows.has_rows(o);
    for (std::int64_t w = 0; w < blocks; ++w) {
      whole && w >= whole_begin && w < whole_end ? whole_block<Format, Merge, K, S>(a, o, w, watch) : border_block<Format, Merge, K, S>(a, o, w, watch);
    }
  }
  return watch.right<K>();
}

// Lanes from q on, down the rows of a plane. Edge: not all windows are there, or not all their columns.
template <class Format, class Merge, int K, int S, int Left, bool Edge>
POOLNORM_INLINE void lane_blocks(const CollectBlockArgs& a, std::int64_t q, TapWatch& watch) {
  using Element = typename Format::Element;
  constexpr bool before = sees_before<K, S, Left>, after = sees_after<K, S, Left>;
  const BlockRows<typename Format::Element> rows{a};
  const std::int64_t n = a.windows - q < 0 ? 0 : a.windows - q < lanes32 ? a.windows - q : lanes32, left = a.columns - S * q;
  const I32 lane = lane_numbers();
  const auto inside = lane < I32(static_cast<std::int32_t>(n));
  const auto one = [&](const Element* gradients, const std::uint8_t* taps, std::int64_t w) POOLNORM_INLINE_LAMBDA {
    TappedWindow x;
    if (w >= 0 && w < a.windows) x = {Format::all(gradients[w]), I32(taps[w])};
    return x;
  };
  const auto shifted = [](TappedWindow from, TappedWindow to, auto shift) POOLNORM_INLINE_LAMBDA {
    return TappedWindow{shift(from.gradient, to.gradient),
                        bits_as<std::int32_t>(shift(bits_as<float>(from.tap), bits_as<float>(to.tap)))};
  };
  const auto at = [](const Element* gradients, const std::uint8_t* taps, std::int64_t w) POOLNORM_INLINE_LAMBDA {
    return TappedWindow{Format::load(gradients + w, Full{}), widen_unsigned(load8(taps + w))};
  };
  BlockSums<F32, K, S> sums(F32(0.0f));
  Element* const dst = static_cast<Element*>(a.dst) + S * q;
  for (std::int64_t o = rows.oldest(); rows.input(o) < a.end; ++o) {
    if (rows.there(o)) {
      const Element* const gradients = rows.gradients(o);
      const std::uint8_t* const taps = rows.names(o);
      TappedWindow seen[3];  // q - 1, q, q + 1
      if constexpr (Edge) {
        if (n == lanes32) {
          seen[1] = at(gradients, taps, q);
        } else if (n > 0) {
          seen[1] = {Format::load(gradients + q, Part{n}), xsimd::select(inside, widen_unsigned(load8_n(taps + q, n)), I32(-1))};
        }
        if constexpr (before) {
          seen[0] = shifted(one(gradients, taps, q - 1), seen[1], [](F32 x, F32 y) POOLNORM_INLINE_LAMBDA { return behind(x, y); });
        }
        if constexpr (after) {
          seen[2] = shifted(seen[1], one(gradients, taps, q + lanes32), [](F32 x, F32 y) POOLNORM_INLINE_LAMBDA { return ahead(x, y); });
        }
      } else {
        seen[1] = at(gradients, taps, q);
        if constexpr (before) seen[0] = at(gradients, taps, q - 1);
        if constexpr (after) seen[2] = at(gradients, taps, q + 1);
      }
      if (rows.watched(o)) {
        watch.see(seen[1].tap);
        for (int t = 0; t < K * K && !rows.has_rows(o); ++t) {
          if (!rows.has_row(o, t / K)) watch.see_outside(seen[1].tap, t);
        }
      }
      for (int r = 0; r < K; ++r) {
        for (int j = 0; j < S; ++j) {
          for (int from = -1; from <= 1; ++from) {
            const int c = tap_column<K, S, Left>(j, from);
            if (c >= 0) sums.rows[r][j] = seen[from + 1].template into<Merge>(sums.rows[r][j], r * K + c);
          }
        }
      }
    }
    for (int i = 0; i < S; ++i) {
      const std::int64_t row = rows.input(o) + i;
      if (!rows.made(row)) continue;
      Element* const to = dst + (row - a.begin) * a.dst_row;
      if constexpr (S == 2) {
        store_pairs<Format>(to, sums.rows[i][0], sums.rows[i][S - 1], left);
      } else {
        store_some<Format>(to, sums.rows[i][0], left);
      }
    }
    sums.next();
  }
}

// Whether the windows at both ends of each row name no tap in a column that is not there.
template <int K, int S>
POOLNORM_INLINE bool ends_are_right(const CollectBlockArgs& a) {
  const BlockRows<std::uint8_t> rows{a};
  const std::int64_t room = a.columns + a.left - K, whole_end = room < 0 ? 0 : room / S + 1;
  for (std::int64_t o = a.first; o < a.last; ++o) {
    if (!rows.watched(o)) continue;
    const auto wrong = [&](std::int64_t w) POOLNORM_INLINE_LAMBDA {
      const std::int64_t column = w * S - a.left + rows.names(o)[w] % K;
      return column < 0 || column >= a.columns;
    };
    for (std::int64_t w = 0; w < a.windows && w * S < a.left; ++w) {
      if (wrong(w)) return false;
    }
    for (std::int64_t w = whole_end; w < a.windows; ++w) {
      if (wrong(w)) return false;
    }
  }
  return true;
}

// Vectors along the row.
template <class Format, class Merge, int K, int S, int Left>
POOLNORM_NOINLINE bool blocks_of_lanes(const CollectBlockArgs& args) {
  const CollectBlockArgs a = args;
  TapWatch watch;
  const std::int64_t columns = (a.columns + S - 1) / S, lanes = columns < a.windows ? a.windows : columns;
  for (std::int64_t q = 0; q < lanes; q += lanes32) {
    const bool inside = q > 0 && q + lanes32 < a.windows && S * (q + lanes32) + K <= a.columns;
    inside ? lane_blocks<Format, Merge, K, S, Left, false>(a, q, watch) : lane_blocks<Format, Merge, K, S, Left, true>(a, q, watch);
  }
  return watch.right<K>() && ends_are_right<K, S>(a);
}

// Windows of 2 x 2 side by side: every input is of one window at most, and rows are made in the order of memory, vectors along them. Two:
// both rows of windows `o`, else the one that is made.
template <class Format, class Merge, bool Two>
POOLNORM_INLINE void pairs_of_row(const CollectBlockArgs& a, std::int64_t o, TapWatch& watch) {
  using Element = typename Format::Element;
  const BlockRows<typename Format::Element> rows{a};
  const bool there = rows.there(o);
  const std::int64_t at = rows.input(o), windows = there ? a.windows : 0, columns = a.columns;
  const int tap = Two || rows.made(at) ? 0 : 2;
  Element* const dst = rows.dst(tap == 0 ? at : at + 1, 0);
  Element* const below = Two ? rows.dst(at + 1, 0) : nullptr;
  const Element* const gradients = there ? rows.gradients(o) : nullptr;
  const std::uint8_t* const names = there ? rows.names(o) : nullptr;
  const auto run = [&](TappedWindow seen, std::int64_t q, std::int64_t room) POOLNORM_INLINE_LAMBDA {
    watch.see(seen.tap);
    const F32 none(0.0f);
    store_pairs<Format>(dst + 2 * q, seen.into<Merge>(none, tap), seen.into<Merge>(none, tap + 1), room);
    if constexpr (Two) store_pairs<Format>(below + 2 * q, seen.into<Merge>(none, 2), seen.into<Merge>(none, 3), room);
  };
  std::int64_t q = 0;
  for (; q + lanes32 <= windows && 2 * (q + lanes32) <= columns; q += lanes32) {
    run({Format::load(gradients + q, Full{}), widen_unsigned(load8(names + q))}, q, 2 * lanes32);
  }
  for (; 2 * q < columns || q < windows; q += lanes32) {
    const std::int64_t n = windows - q < 0 ? 0 : windows - q < lanes32 ? windows - q : lanes32;
    TappedWindow seen;
    if (n == lanes32) {
      seen = {Format::load(gradients + q, Full{}), widen_unsigned(load8(names + q))};
    } else if (n > 0) {
      seen = {Format::load(gradients + q, Part{n}), within(widen_unsigned(load8_n(names + q, n)), Part{n})};
    }
    run(seen, q, columns - 2 * q);
  }
}
template <class Format, class Merge>
POOLNORM_NOINLINE bool pairs_of_lanes(const CollectBlockArgs& args) {
  const CollectBlockArgs a = args;
  const BlockRows<typename Format::Element> rows{a};
  TapWatch watch;
  for (std::int64_t o = (a.begin + a.top) / 2; rows.input(o) < a.end; ++o) {
    const std::int64_t at = rows.input(o);
    rows.made(at) && rows.made(at + 1) ? pairs_of_row<Format, Merge, true>(a, o, watch) : pairs_of_row<Format, Merge, false>(a, o, watch);
    for (int t = 0; t < 4 && rows.there(o) && !rows.has_rows(o); ++t) {
      if (rows.has_row(o, t / 2)) continue;
      for (std::int64_t w = 0; w < a.windows; ++w) {
        if (rows.names(o)[w] == t) return false;
      }
    }
  }
  return watch.right<2>() && ends_are_right<2, 2>(a);
}

template <class Format, class Merge>
bool collect_blocks(const CollectBlockArgs& a) {
  if constexpr (Merge::overlap) {
    if (a.taps == 3) return a.stride == 2 ? blocks_of_channels<Format, Merge, 3, 2>(a) : blocks_of_channels<Format, Merge, 3, 1>(a);
  }
  return blocks_of_channels<Format, Merge, 2, 2>(a);
}
template <class Format, class Merge>
bool collect_blocks_along(const CollectBlockArgs& a) {
  if constexpr (Merge::overlap) {
    if (a.taps == 3 && a.stride == 1) return blocks_of_lanes<Format, Merge, 3, 1, 1>(a);
    if (a.taps == 3) return a.left == 0 ? blocks_of_lanes<Format, Merge, 3, 2, 0>(a) : blocks_of_lanes<Format, Merge, 3, 2, 1>(a);
  }
  return pairs_of_lanes<Format, Merge>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
