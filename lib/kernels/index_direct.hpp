// Max pooling with indices of small windows, all their rows at once, with vectors along the channels.
#pragma once

#include "kernels/index_best.hpp"
#include "kernels/index_table.hpp"
#include "simd/integers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Indices of window w from element e on.
template <class V, class Len>
POOLNORM_INLINE void store_direct(const IndexDirectArgs& a, std::int64_t w, std::int64_t e, V index, Len len) {
  if (a.bytes == nullptr) return Lanes<V>::store_index(a.index + w * a.width + e, index, len);
  std::uint8_t* const to = a.bytes + w * a.bytes_step + e;
  if constexpr (lanes_of<V> == lanes32) {
    store8(to, narrow8(Lanes<V>::integers(index)), len);
  } else {
    std::int32_t lane[lanes_of<V>];
    Lanes<V>::store_index(lane, index, Full{});
    std::int64_t n = lanes_of<V>;
    if constexpr (std::is_same_v<Len, Part>) n = len.n;
    for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<std::uint8_t>(lane[i]);
  }
}

template <class V, class Block>
POOLNORM_INLINE void along_width(std::int64_t width, Block block) {
  std::int64_t e = 0;
  for (; e + lanes_of<V> <= width; e += lanes_of<V>) block(e, Full{});
  if (e < width) block(e, Part{width - e});
}

// names: of the window's taps, row by row, `pitch` a row.
template <class V, bool Exact>
POOLNORM_INLINE void direct_window(const IndexDirectArgs& a, std::int64_t w, const V* names, std::int64_t pitch,
                                   Mask<V>& seen) {
  const TapRange& r = a.ranges[w];
  const std::int64_t first = r.first * a.column, tap = a.tap_step;
  along_width<V>(a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    Best<V, Exact> best;
    for (std::int64_t i = 0; i < a.row_count; ++i) {
      const Scalar<V>* p = static_cast<const Scalar<V>*>(a.rows[i]) + first + e;
      const V* name = names + i * pitch;
      const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(p + j * tap, len); };
      std::int64_t j = 0;
      if (i == 0) best.begin(at(0), name[0]), j = 1;
      for (; j + 1 < r.count; j += 2) best.take(at(j), name[j], at(j + 1), name[j + 1]);
      if (j < r.count) best.take(at(j), name[j]);
    }
    seen = both(seen, best.seen);
    store(static_cast<Scalar<V>*>(a.value) + w * a.value_step + e, best.value + V(Scalar<V>(0)), len);
    store_direct(a, w, e, add_index<V>(best.index, typename Lanes<V>::Integer(a.base[w])), len);
  });
}

// Windows [begin, end) of f32 that see all their taps, K x K, whose names stay in registers.
template <int K>
POOLNORM_NOINLINE bool whole_windows(const IndexDirectArgs& args, std::int64_t begin, std::int64_t end) {
  const IndexDirectArgs a = args;
  const float* rows[K];
  F32 name[K * K];
  for (int i = 0; i < K; ++i) {
    rows[i] = static_cast<const float*>(a.rows[i]);
    for (int j = 0; j < K; ++j) name[i * K + j] = bits<F32>(a.rise[i] + j * a.index_step);
  }
  const std::int64_t tap = a.tap_step;
  M32 seen(false);
  for (std::int64_t w = begin; w < end; ++w) {
    const std::int64_t first = a.ranges[w].first * a.column;
    const I32 base(a.base[w]);
    float* const value = static_cast<float*>(a.value) + w * a.value_step;
    along_width<F32>(a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      F32 x[K * K];
      for (int t = 0; t < K * K; ++t) {
        x[t] = load(rows[t / K] + first + t % K * tap + e, len);
        POOLNORM_LOAD_ONCE(x[t]);
      }
      FewNans nans[2];
      for (int t = 0; t < K * K; t += 2) nans[t / 2 % 2].see(x[t], x[t + 1 < K * K ? t + 1 : t]);
      seen = either(seen, either(nans[0].seen(), nans[1].seen()));
      Best<F32, false> best;
      for (int i = 0; i < K; ++i) {
        Best<F32, false> row;
        row.value = x[i * K];
        row.index = name[i * K];
        for (int j = 1; j < K; ++j) row.choose(x[i * K + j], name[i * K + j]);
        if (i == 0) {
          best = row;
        } else {
          best.choose(row.value, row.index);
        }
      }
      store(value + e, best.value + F32(0.0f), len);
      store_direct(a, w, e, add_index<F32>(best.index, base), len);
    });
  }
  return xsimd::any(seen);
}

template <class V, bool Exact>
bool direct_windows(const IndexDirectArgs& a) {
  Mask<V> seen(false);
  bool met = false;
  V names[direct_taps];
  const std::int64_t pitch = a.most_taps;
  for (std::int64_t i = 0; i < a.row_count; ++i) {
    for (std::int64_t j = 0; j < pitch; ++j) names[i * pitch + j] = bits<V>(a.rise[i] + j * a.index_step);
  }
  for (std::int64_t w = 0; w < a.windows;) {
    const std::int64_t taps = a.ranges[w].count, begin = w++;
    if (taps == 0) continue;
    if constexpr (!Exact && lanes_of<V> == lanes32) {
      if ((taps == 2 || taps == 3) && taps == a.row_count) {
        while (w < a.windows && a.ranges[w].count == taps) ++w;
        met |= taps == 2 ? whole_windows<2>(a, begin, w) : whole_windows<3>(a, begin, w);
        continue;
      }
    }
    direct_window<V, Exact>(a, begin, names, pitch, seen);
  }
  return met || xsimd::any(seen);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
