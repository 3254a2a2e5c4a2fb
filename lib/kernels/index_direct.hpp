// Max pooling with indices of small windows, all their rows at once, with vectors along the channels.
#pragma once

#include "kernels/index_best.hpp"
#include "kernels/index_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Windows of at most this many taps are taken whole.
constexpr std::int64_t most_direct = 16;

// K: rows and columns of the window, 0 for any. names: of its taps, row by row, `pitch` a row.
template <class V, bool Exact, int K>
POOLNORM_INLINE void direct_window(const IndexDirectArgs& a, std::int64_t w, const V* names, std::int64_t pitch,
                                   Mask<V>& seen) {
  const TapRange& r = a.ranges[w];
  const std::int64_t rows = K == 0 ? a.row_count : K, taps = K == 0 ? r.count : K;
  const std::int64_t first = r.first * a.column, tap = a.dilation * a.column;
  Scalar<V>* value = static_cast<Scalar<V>*>(a.value) + w * a.value_step;
  std::int32_t* index = a.index + w * a.width;
  const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    Best<V, Exact> best;
    for (std::int64_t i = 0; i < rows; ++i) {
      const Scalar<V>* p = static_cast<const Scalar<V>*>(a.rows[i]) + first + e;
      const V* name = names + i * pitch;
      const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(p + j * tap, len); };
      std::int64_t j = 0;
      if (i == 0) best.begin(at(0), name[0]), j = 1;
      for (; j + 1 < taps; j += 2) best.take(at(j), name[j], at(j + 1), name[j + 1]);
      if (j < taps) best.take(at(j), name[j]);
    }
    seen = both(seen, best.seen);
    store(value + e, best.value + V(Scalar<V>(0)), len);
    Lanes<V>::store_index(index + e, add_index<V>(best.index, typename Lanes<V>::Integer(a.base[w])), len);
  };
  std::int64_t e = 0;
  for (; e + lanes_of<V> <= a.width; e += lanes_of<V>) block(e, Full{});
  if (e < a.width) block(e, Part{a.width - e});
}

template <class V, bool Exact>
bool direct_windows(const IndexDirectArgs& a) {
  Mask<V> seen(false);
  V names[most_direct];
  const std::int64_t pitch = a.most_taps;
  for (std::int64_t i = 0; i < a.row_count; ++i) {
    for (std::int64_t j = 0; j < pitch; ++j) names[i * pitch + j] = bits<V>(a.rise[i] + j * a.index_step);
  }
  for (std::int64_t w = 0; w < a.windows; ++w) {
    const std::int64_t taps = a.ranges[w].count;
    if (taps == 0) continue;
    if (!Exact && taps == 2 && a.row_count == 2) {
      direct_window<V, Exact, 2>(a, w, names, pitch, seen);
    } else if (!Exact && taps == 3 && a.row_count == 3) {
      direct_window<V, Exact, 3>(a, w, names, pitch, seen);
    } else {
      direct_window<V, Exact, 0>(a, w, names, pitch, seen);
    }
  }
  return xsimd::any(seen);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
