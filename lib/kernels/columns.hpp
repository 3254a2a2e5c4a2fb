// The column stage: K tap rows become one row of accumulators.
#pragma once

#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Vectors at offset i of every tap.
template <class Op, int Vectors, class Len>
POOLNORM_INLINE void columns_block(const typename Op::Input* const* taps, std::int64_t count, std::int64_t i,
                                   typename Op::Element* dst, Len len, typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  Acc acc[Vectors];
  for (int v = 0; v < Vectors; ++v) acc[v] = Op::load(taps[0] + i + v * lanes, len);
  const auto see = [&watch](const Acc(&x)[Vectors]) POOLNORM_INLINE_LAMBDA {
    if constexpr (Vectors == 1) {
      watch.see(x[0], x[0]);
    } else {
      for (int v = 0; v < Vectors; v += 2) watch.see(x[v], x[v + 1]);
    }
  };
  if constexpr (Op::Watch::active) see(acc);
  for (std::int64_t t = 1; t < count; ++t) {
    Acc x[Vectors];
    for (int v = 0; v < Vectors; ++v) x[v] = Op::load(taps[t] + i + v * lanes, len);
    if constexpr (Op::Watch::active) see(x);
    for (int v = 0; v < Vectors; ++v) acc[v] = Op::apply(acc[v], x[v]);
  }
  for (int v = 0; v < Vectors; ++v) store(dst + v * lanes, acc[v], len);
}

// Further taps on top of the accumulators in dst.
template <class Op, int Vectors, class Len>
POOLNORM_INLINE void columns_more(const typename Op::Input* const* taps, std::int64_t count, std::int64_t i,
                                  typename Op::Element* dst, Len len, typename Op::Watch& watch) {
  using Acc = typename Op::Acc;
  constexpr std::int64_t lanes = Acc::size;
  Acc acc[Vectors];
  for (int v = 0; v < Vectors; ++v) acc[v] = Op::load_acc(dst + v * lanes, len);
  for (std::int64_t t = 0; t < count; ++t) {
    for (int v = 0; v < Vectors; ++v) {
      const Acc x = Op::load(taps[t] + i + v * lanes, len);
      if constexpr (Op::Watch::active) watch.see(x, x);
      acc[v] = Op::apply(acc[v], x);
    }
  }
  for (int v = 0; v < Vectors; ++v) store(dst + v * lanes, acc[v], len);
}

// A run of `width` elements at offset `at` of every tap.
template <class Op>
POOLNORM_INLINE void columns_run(const typename Op::Input* const* taps, std::int64_t count, std::int64_t at, std::int64_t width,
                                 typename Op::Element* dst, typename Op::Watch& watch) {
  constexpr std::int64_t lanes = Op::Acc::size;
  [[maybe_unused]] constexpr std::int64_t wide = lanes * 4;
  std::int64_t i = 0;
  if constexpr (Op::wide) {
    for (; i + wide <= width; i += wide) columns_block<Op, 4>(taps, count, at + i, dst + i, Full{}, watch);
  }
  for (; i + lanes <= width; i += lanes) columns_block<Op, 1>(taps, count, at + i, dst + i, Full{}, watch);
  if (i < width) columns_block<Op, 1>(taps, count, at + i, dst + i, Part{width - i}, watch);
}

// A run of Vectors whole vectors and, with Tail, a part of one more.
template <class Op, int Vectors, bool Tail>
POOLNORM_INLINE void columns_short(const typename Op::Input* const* taps, std::int64_t count, std::int64_t at, std::int64_t width,
                                   typename Op::Element* dst, typename Op::Watch& watch) {
  constexpr std::int64_t lanes = Op::Acc::size, i = Vectors * lanes;
  for (int v = 0; v < Vectors; ++v) columns_block<Op, 1>(taps, count, at + v * lanes, dst + v * lanes, Full{}, watch);
  if constexpr (Tail) columns_block<Op, 1>(taps, count, at + i, dst + i, Part{width - i}, watch);
}

template <class Op, class Run>
POOLNORM_INLINE void for_each_run(const ColumnsArgs& a, Run run) {
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    std::int64_t row = p * a.planes.src;
    typename Op::Element* dst_row = static_cast<typename Op::Element*>(a.dst) + p * a.planes.dst;
    for (std::int64_t r = 0; r < a.rows.count; ++r, row += a.rows.src, dst_row += a.rows.dst) {
      std::int64_t at = row;
      typename Op::Element* dst = dst_row;
      for (std::int64_t g = 0; g < a.groups.count; ++g, at += a.groups.src, dst += a.groups.dst) run(at, dst);
    }
  }
}

// Count > 0 fixes the number of taps; 0 takes it from the arguments.
template <class Op, int Count>
POOLNORM_INLINE bool columns_counted(const ColumnsArgs& a) {
  [[maybe_unused]] constexpr std::int64_t lanes = Op::Acc::size;
  constexpr int fixed = Count > 0 ? Count : 1;
  const typename Op::Input* const* taps = reinterpret_cast<const typename Op::Input* const*>(a.taps);
  const typename Op::Input* local[fixed];
  if constexpr (Count > 0) {
    for (int t = 0; t < Count; ++t) local[t] = taps[t];
    taps = local;
  }
  const std::int64_t count = Count > 0 ? Count : a.tap_count;
  const std::int64_t width = a.width;
  typename Op::Watch watch;
  const auto rows_of = [&](auto run) POOLNORM_INLINE_LAMBDA {
    for_each_run<Op>(a, [&](std::int64_t at, typename Op::Element* dst) POOLNORM_INLINE_LAMBDA {
      run(taps, count, at, width, dst, watch);
    });
    return watch.any();
  };
  // Short rows are many: their shape is settled once, outside the loops.
  if constexpr (Op::hot) {
    if (width < lanes) return rows_of(columns_short<Op, 0, true>);
    if (width == lanes) return rows_of(columns_short<Op, 1, false>);
    if (width < 2 * lanes) return rows_of(columns_short<Op, 1, true>);
  }
  return rows_of(columns_run<Op>);
}

// Many taps: a few rows are read at a time, along a page or so or along all groups, as caches and
// prefetchers like it; the accumulators so far are one tap more.
template <class Op>
bool columns_many(const ColumnsArgs& a) {
  constexpr std::int64_t at_once = 8, chunk = 512, lanes = Op::Acc::size;
  const typename Op::Input* const* taps = reinterpret_cast<const typename Op::Input* const*>(a.taps);
  typename Op::Watch watch;
  ColumnsArgs row = a;
  row.planes = row.rows = {1, 0, 0};
  ColumnsArgs rows = a;
  rows.groups = {1, 0, 0};
  for_each_run<Op>(rows, [&](std::int64_t row_at, typename Op::Element* row_dst) {
    for (std::int64_t from = 0; from < a.width; from += chunk) {
      const std::int64_t width = a.width - from < chunk ? a.width - from : chunk;
      for (std::int64_t t = 0; t < a.tap_count; t += at_once) {
        const std::int64_t count = a.tap_count - t < at_once ? a.tap_count - t : at_once;
        row.dst = row_dst + from;
        for_each_run<Op>(row, [&](std::int64_t group_at, typename Op::Element* dst) POOLNORM_INLINE_LAMBDA {
          const std::int64_t at = row_at + from + group_at;
          if (t == 0) return columns_run<Op>(taps, count, at, width, dst, watch);
          std::int64_t i = 0;
          if constexpr (Op::wide) {
            for (; i + 4 * lanes <= width; i += 4 * lanes) {
              columns_more<Op, 4>(taps + t, count, at + i, dst + i, Full{}, watch);
            }
          }
          for (; i + lanes <= width; i += lanes) {
            columns_more<Op, 1>(taps + t, count, at + i, dst + i, Full{}, watch);
          }
          if (i < width) columns_more<Op, 1>(taps + t, count, at + i, dst + i, Part{width - i}, watch);
        });
      }
    }
  });
  return watch.any();
}

template <class Op>
POOLNORM_INLINE void fill_identity(const ColumnsArgs& a) {
  for_each_run<Op>(a, [&a](std::int64_t, typename Op::Element* dst) {
    for (std::int64_t i = 0; i < a.width; ++i) dst[i] = Op::identity;
  });
}

template <class Op>
bool columns(const ColumnsArgs& a) {
  if (a.tap_count == 0) {
    fill_identity<Op>(a);
    return false;
  }
  if constexpr (Op::hot) {
    if (a.tap_count == 3) return columns_counted<Op, 3>(a);
  }
  if constexpr (Op::wide || !small_code) {
    if (a.tap_count > 16) return columns_many<Op>(a);
  }
  return columns_counted<Op, 0>(a);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
