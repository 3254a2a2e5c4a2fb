// Max pooling with indices along a row: the best of every window's taps in one input row. Vectors along the windows,
// along the channels, or along the taps of a long window.
#pragma once

#include "kernels/index_best.hpp"
#include "kernels/index_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Windows whose taps lie anywhere. Taps behind a window's last are its last again, which never wins.
template <class V, bool Exact, class Len>
POOLNORM_INLINE void gathered(const IndexRowArgs& a, std::int64_t w, Len len, Mask<V>& seen) {
  using Integer = typename Lanes<V>::Integer;
  const Scalar<V>* src = static_cast<const Scalar<V>*>(a.src);
  const Integer first = Lanes<V>::table(a.first + w), reach = Lanes<V>::table(a.last + w) - first;
  const Integer column(static_cast<typename Integer::value_type>(a.column));
  Best<V, Exact> best;
  along(
      best,
      [&](std::int64_t j) POOLNORM_INLINE_LAMBDA {
        // Taps behind the last, of windows that have fewer, may lie where 32 bits do not reach.
        const std::int64_t tap = j * a.dilation < INT32_MAX ? j * a.dilation : INT32_MAX;
        const Integer at = first + xsimd::min(Integer(static_cast<typename Integer::value_type>(tap)), reach);
        return V::gather(src, at * column);
      },
      a.taps, a.index_step);
  seen = both(seen, best.seen);
  store(static_cast<Scalar<V>*>(a.value) + w, best.value, len);
  Lanes<V>::store_index(a.index + w, add_index<V>(best.index, Lanes<V>::table(a.base + w)), len);
}

template <class T>
POOLNORM_INLINE bool is_nan(T x) {
  return x != x;
}

// One window; long ones with vectors along their taps. True: there is a NaN and the lanes were not told.
template <class V, bool Exact>
bool one_window(const IndexRowArgs& a, std::int64_t w) {
  using T = Scalar<V>;
  constexpr std::int64_t lanes = lanes_of<V>;
  const TapRange& r = a.ranges[w];
  const T* p = static_cast<const T*>(a.src) + r.first * a.column;
  T best = -T(__builtin_inf());
  std::int64_t at = 0, j = 0;
  if constexpr (!Exact) {
    if (a.column == 1 && a.dilation == 1 && r.count >= 2 * lanes) {
      Best<V, false> all;
      all.begin(load(p), bits<V>(0));
      for (j = lanes; j + lanes <= r.count; j += lanes) all.take(load(p + j), bits<V>(j));
      if (xsimd::any(all.seen)) return true;
      T value[lanes];
      std::int32_t block[lanes];
      store(value, all.value);
      Lanes<V>::store_index(block, all.index, Full{});
      best = value[0];
      at = block[0];
      for (std::int64_t l = 1; l < lanes; ++l) {
        const std::int64_t k = block[l] + l;
        if (value[l] > best || (value[l] == best && k < at)) best = value[l], at = k;
      }
    }
  }
  if (j == 0 && r.count > 0) best = p[0], j = 1;
  bool seen = is_nan(best);
  for (; j < r.count; ++j) {
    const T x = p[j * a.dilation * a.column];
    seen = seen || is_nan(x);
    if (x > best || (Exact && is_nan(x) && !is_nan(best))) best = x, at = j;
  }
  static_cast<T*>(a.value)[w] = best;
  a.index[w] = a.base[w] + static_cast<std::int32_t>(at * a.index_step);
  return !Exact && seen;
}

// So many windows at the end of a row are done one by one.
constexpr std::int64_t few = 3;

template <class V, bool Exact>
POOLNORM_INLINE void scattered(const IndexRowArgs& a, std::int64_t w, std::int64_t end, Mask<V>& seen, bool& met) {
  constexpr std::int64_t lanes = lanes_of<V>;
  if (a.taps >= 4 * lanes && a.column == 1) {
    for (; w < end; ++w) met = one_window<V, Exact>(a, w) || met;
    return;
  }
  if (!portable_lanes) {
    for (; end - w >= lanes; w += lanes) gathered<V, Exact>(a, w, Full{}, seen);
    if (end - w > few) {
      gathered<V, Exact>(a, w, Part{end - w}, seen);
      w = end;
    }
  }
  for (; w < end; ++w) met = one_window<V, Exact>(a, w) || met;
}

// Whole windows, `Stride` apart, one vector of them from window w on.
template <class V, bool Exact, int Stride>
POOLNORM_INLINE void whole(const IndexRowArgs& a, std::int64_t w, Mask<V>& seen) {
  const Scalar<V>* p = static_cast<const Scalar<V>*>(a.src) + a.first[w];
  Best<V, Exact> best;
  if constexpr (Stride == 1) {
    along(
        best, [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(p + j * a.dilation); }, a.taps, a.index_step);
  } else {
    const auto pair = [&](std::int64_t j)
                          POOLNORM_INLINE_LAMBDA { return deinterleave(load(p + j), load(p + j + lanes_of<V>)); };
    Pair<V> x = pair(0);
    best.begin(x.first, bits<V>(0));
    if (a.taps > 1) best.take(x.second, bits<V>(a.index_step));
    std::int64_t j = 2;
    for (; j + 1 < a.taps; j += 2) {
      x = pair(j);
      best.take(x.first, bits<V>(j * a.index_step), x.second, bits<V>((j + 1) * a.index_step));
    }
    if (j < a.taps) best.take(pair(j).first, bits<V>(j * a.index_step));
  }
  seen = both(seen, best.seen);
  store(static_cast<Scalar<V>*>(a.value) + w, best.value, Full{});
  Lanes<V>::store_index(a.index + w, add_index<V>(best.index, Lanes<V>::table(a.base + w)), Full{});
}

template <class V, bool Exact, int Stride>
POOLNORM_INLINE void whole_run(const IndexRowArgs& a, Mask<V>& seen, bool& met) {
  constexpr std::int64_t lanes = lanes_of<V>;
  // The last vector that reads inside the row; it may overlap the one before.
  const std::int64_t room = a.columns - Stride * lanes - (a.taps - 1) * a.dilation - a.first[a.whole_begin];
  std::int64_t begin = a.whole_begin, end = begin;
  if (room >= 0 && a.whole_end - begin >= lanes) {
    const std::int64_t fits = begin + room / Stride, most = a.whole_end - lanes;
    const std::int64_t last = fits < most ? fits : most;
    std::int64_t w = begin;
    for (; w < last; w += lanes) whole<V, Exact, Stride>(a, w, seen);
    whole<V, Exact, Stride>(a, last, seen);
    end = last + lanes;
  }
  scattered<V, Exact>(a, 0, begin, seen, met);
  scattered<V, Exact>(a, end, a.windows, seen, met);
}

template <class V, bool Exact>
POOLNORM_INLINE void grouped(const IndexRowArgs& a, Mask<V>& seen) {
  for (std::int64_t w = 0; w < a.windows; ++w) {
    const TapRange& r = a.ranges[w];
    const Scalar<V>* src = static_cast<const Scalar<V>*>(a.src) + r.first * a.column;
    Scalar<V>* value = static_cast<Scalar<V>*>(a.value) + w * a.width;
    std::int32_t* index = a.index + w * a.width;
    const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      Best<V, Exact> best;
      if (r.count == 0) {
        best.begin(V(-Scalar<V>(__builtin_inf())), bits<V>(0));
      } else {
        along(
            best, [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(src + j * a.dilation * a.column + e, len); },
            r.count, a.index_step);
      }
      seen = both(seen, best.seen);
      store(value + e, best.value, len);
      Lanes<V>::store_index(index + e, add_index<V>(best.index, typename Lanes<V>::Integer(a.base[w])), len);
    };
    std::int64_t e = 0;
    for (; e + lanes_of<V> <= a.width; e += lanes_of<V>) block(e, Full{});
    if (e < a.width) block(e, Part{a.width - e});
  }
}

template <class V, bool Exact>
bool any_row(const IndexRowArgs& a) {
  Mask<V> seen(false);
  bool met = false;
  if (a.width > 1) {
    grouped<V, Exact>(a, seen);
  } else if (a.whole_begin < a.whole_end && a.stride == 1) {
    whole_run<V, Exact, 1>(a, seen, met);
  } else if (lanes_of<V> == lanes32 && a.whole_begin < a.whole_end) {
    if constexpr (lanes_of<V> == lanes32) whole_run<V, Exact, 2>(a, seen, met);
  } else {
    scattered<V, Exact>(a, 0, a.windows, seen, met);
  }
  return met || xsimd::any(seen);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
