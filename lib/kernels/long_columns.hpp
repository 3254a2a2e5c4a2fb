// The column stage of long sums: runs of eight taps in f32, their sums in f64. Eight roundings at most stand before the
// first in f64, however tall the window, and one conversion serves eight taps.
#pragma once

#include "kernels/columns.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr std::int64_t run_taps = 8;

// The accumulators of one vector of inputs: as many lanes.
struct Wide {
  F64 lo, hi;
  static POOLNORM_INLINE Wide from(F32 x) {
    const Pair<F64> w = widen(x);
    return {w.first, w.second};
  }
  static POOLNORM_INLINE Wide load(const double* p, Full) {
    return {POOLNORM_KERNEL_ISA::load(p), POOLNORM_KERNEL_ISA::load(p + lanes64)};
  }
  static POOLNORM_INLINE Wide load(const double* p, Part len) {
    if (len.n < lanes64) return {load_n(p, len.n), F64(0.0)};
    return {POOLNORM_KERNEL_ISA::load(p), load_n(p + lanes64, len.n - lanes64)};
  }
  POOLNORM_INLINE void add(Wide x) {
    lo = lo + x.lo;
    hi = hi + x.hi;
  }
  POOLNORM_INLINE void store(double* p, Full) const {
    POOLNORM_KERNEL_ISA::store(p, lo);
    POOLNORM_KERNEL_ISA::store(p + lanes64, hi);
  }
  POOLNORM_INLINE void store(double* p, Part len) const {
    if (len.n < lanes64) return store_n(p, lo, len.n);
    POOLNORM_KERNEL_ISA::store(p, lo);
    store_n(p + lanes64, hi, len.n - lanes64);
  }
};

// tap(t, v) of a run, for every vector.
template <int Vectors, class Tap>
POOLNORM_INLINE void add_run(F32 (&sum)[Vectors], std::int64_t count, Tap tap) {
  for (int v = 0; v < Vectors; ++v) sum[v] = tap(0, v);
  const auto more = [&](std::int64_t n) POOLNORM_INLINE_LAMBDA {
    for (std::int64_t t = 1; t < n; ++t) {
      for (int v = 0; v < Vectors; ++v) sum[v] = sum[v] + tap(t, v);
    }
  };
  more(count);
}

// Vectors at offset i of the taps of a run, on top of what dst holds when `more`.
template <class Format, int Vectors, class Len>
POOLNORM_INLINE void run_block(const typename Format::Element* const* taps, std::int64_t count, std::int64_t i, bool more,
                               double* dst, Len len) {
  F32 sum[Vectors];
  add_run(sum, count, [&](std::int64_t t, int v) POOLNORM_INLINE_LAMBDA {
    return Format::load(taps[t] + i + v * lanes32, len);
  });
  for (int v = 0; v < Vectors; ++v) {
    Wide total = Wide::from(sum[v]);
    if (more) total.add(Wide::load(dst + v * lanes32, len));
    total.store(dst + v * lanes32, len);
  }
}

// Elements [from, to) at offset `at` of a run's taps.
template <class Format>
POOLNORM_INLINE void run_elements(const typename Format::Element* const* taps, std::int64_t count, std::int64_t at,
                                  std::int64_t from, std::int64_t to, bool more, double* dst) {
  constexpr int several = 4;
  std::int64_t i = from;
  for (; i + several * lanes32 <= to; i += several * lanes32) {
    run_block<Format, several>(taps, count, at + i, more, dst + i, Full{});
  }
  for (; i + lanes32 <= to; i += lanes32) {
    run_block<Format, 1>(taps, count, at + i, more, dst + i, Full{});
  }
  if (i < to) run_block<Format, 1>(taps, count, at + i, more, dst + i, Part{to - i});
}

// Eight rows are read at a time, along a page or so or along all groups, as caches and prefetchers like it.
template <class Op>
bool long_columns(const ColumnsArgs& a) {
  using Format = typename Op::Terms;
  constexpr std::int64_t chunk = 512;
  if (a.tap_count == 0) fill_identity<Op>(a);
  const auto* taps = reinterpret_cast<const typename Format::Element* const*>(a.taps);
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    for (std::int64_t r = 0; r < a.rows.count; ++r) {
      for (std::int64_t from = 0; from < a.width; from += chunk) {
        const std::int64_t to = a.width - from < chunk ? a.width : from + chunk;
        for (std::int64_t t = 0; t < a.tap_count; t += run_taps) {
          const std::int64_t count = a.tap_count - t < run_taps ? a.tap_count - t : run_taps;
          std::int64_t at = p * a.planes.src + r * a.rows.src;
          double* dst = static_cast<double*>(a.dst) + p * a.planes.dst + r * a.rows.dst;
          for (std::int64_t g = 0; g < a.groups.count; ++g, at += a.groups.src, dst += a.groups.dst) {
            run_elements<Format>(taps + t, count, at, from, to, t > 0, dst);
          }
        }
      }
    }
  }
  return false;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
