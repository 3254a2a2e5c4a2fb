// Max pooling with indices: along the rows, then down, or both at once along the channels.
// Fast loops pick by > and watch for NaN; exact ones let the first NaN win. Values are f32 or f64.
#include "kernels/index_table.hpp"
#include "kernels/planes.hpp"
#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

using I32 = xsimd::batch<std::int32_t, Arch>;
using I64 = xsimd::batch<std::int64_t, Arch>;
static_assert(I32::size == F32::size);

// What a vector of values and one of indices have between them. Indices travel as the bits of values, so that one
// mask serves both; in memory they have 32 bits.
template <class V>
struct Lanes;

template <>
struct Lanes<F32> {
  using Integer = I32;
  static POOLNORM_INLINE F32 bits(I32 i) { return xsimd::bitwise_cast<float>(i); }
  static POOLNORM_INLINE I32 integers(F32 v) { return xsimd::bitwise_cast<std::int32_t>(v); }
  // Bits only: no arithmetic ever sees them as floats.
  template <class Len>
  static POOLNORM_INLINE I32 load_index(const std::int32_t* p, Len len) {
    return integers(load(reinterpret_cast<const float*>(p), len));
  }
  template <class Len>
  static POOLNORM_INLINE void store_index(std::int32_t* p, F32 v, Len len) {
    store(reinterpret_cast<float*>(p), v, len);
  }
  // Exactly one vector, of tables with slack behind them.
  static POOLNORM_INLINE I32 table(const std::int32_t* p) { return I32::load_unaligned(p); }
  static POOLNORM_INLINE M32 nan(F32 a, F32 b) { return unordered(a, b); }
};

template <>
struct Lanes<F64> {
  using Integer = I64;
  static POOLNORM_INLINE F64 bits(I64 i) { return xsimd::bitwise_cast<double>(i); }
  static POOLNORM_INLINE I64 integers(F64 v) { return xsimd::bitwise_cast<std::int64_t>(v); }
  static POOLNORM_INLINE I64 load_index(const std::int32_t* p, Part len) {
    std::int64_t lane[lanes64] = {};
    for (std::int64_t i = 0; i < len.n; ++i) lane[i] = p[i];
    return I64::load_unaligned(lane);
  }
  static POOLNORM_INLINE I64 load_index(const std::int32_t* p, Full) { return load_index(p, Part{lanes64}); }
  static POOLNORM_INLINE void store_index(std::int32_t* p, F64 v, Part len) {
    std::int64_t lane[lanes64];
    integers(v).store_unaligned(lane);
    for (std::int64_t i = 0; i < len.n; ++i) p[i] = static_cast<std::int32_t>(lane[i]);
  }
  static POOLNORM_INLINE void store_index(std::int32_t* p, F64 v, Full) { store_index(p, v, Part{lanes64}); }
  static POOLNORM_INLINE I64 table(const std::int32_t* p) { return load_index(p, Full{}); }
  static POOLNORM_INLINE auto nan(F64 a, F64 b) { return a != a || b != b; }
};

POOLNORM_INLINE F32 pick_larger(F32 a, F32 b) { return pick_max(a, b); }
POOLNORM_INLINE F64 pick_larger(F64 a, F64 b) { return xsimd::select(a > b, a, b); }
template <class M>
POOLNORM_INLINE M both(M a, M b) {
  return a | b;
}
POOLNORM_INLINE M32 both(M32 a, M32 b) { return either(a, b); }

template <class V>
using Mask = typename V::batch_bool_type;
template <class V>
using Scalar = typename V::value_type;
template <class V>
constexpr std::int64_t lanes_of = V::size;
template <class V>
POOLNORM_INLINE V bits(std::int64_t i) {
  using Integer = typename Lanes<V>::Integer;
  return Lanes<V>::bits(Integer(static_cast<typename Integer::value_type>(i)));
}
template <class V>
POOLNORM_INLINE V add_index(V index, typename Lanes<V>::Integer i) {
  return Lanes<V>::bits(Lanes<V>::integers(index) + i);
}

template <class V, bool Exact>
struct Best {
  V value, index;
  Mask<V> seen{false};

  POOLNORM_INLINE void begin(V x, V i) {
    value = x;
    index = i;
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, x));
  }
  POOLNORM_INLINE void choose(V x, V i) {
    if constexpr (Exact) {
      const Mask<V> m = (x > value) | (Lanes<V>::nan(x, x) & (value == value));
      value = xsimd::select(m, x, value);
      index = xsimd::select(m, i, index);
    } else {
      index = xsimd::select(x > value, i, index);
      value = pick_larger(x, value);
    }
  }
  POOLNORM_INLINE void take(V x, V i) {
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, x));
    choose(x, i);
  }
  POOLNORM_INLINE void take(V x, V i, V y, V k) {
    if constexpr (!Exact) seen = both(seen, Lanes<V>::nan(x, y));
    choose(x, i);
    choose(y, k);
  }
};

// at(j), j < taps, taps >= 1, of indices j * step.
template <class V, bool Exact, class At>
POOLNORM_INLINE void along(Best<V, Exact>& best, At at, std::int64_t taps, std::int64_t step) {
  best.begin(at(0), bits<V>(0));
  std::int64_t j = 1;
  for (; j + 1 < taps; j += 2) best.take(at(j), bits<V>(j * step), at(j + 1), bits<V>((j + 1) * step));
  if (j < taps) best.take(at(j), bits<V>(j * step));
}

// Windows whose taps lie anywhere. Taps behind a window's last are its last again, which never wins.
template <class V, bool Exact, class Len>
POOLNORM_INLINE void gathered(const IndexRowArgs& a, std::int64_t w, Len len, Mask<V>& seen) {
  using Integer = typename Lanes<V>::Integer;
  const Scalar<V>* src = static_cast<const Scalar<V>*>(a.src);
  const Integer first = Lanes<V>::table(a.first + w), last = Lanes<V>::table(a.last + w);
  const Integer column(static_cast<typename Integer::value_type>(a.column));
  Best<V, Exact> best;
  along(
      best,
      [&](std::int64_t j) POOLNORM_INLINE_LAMBDA {
        const Integer at = xsimd::min(first + Integer(static_cast<typename Integer::value_type>(j * a.dilation)), last);
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

template <class V>
bool row(const IndexRowArgs& a) {
  return any_row<V, false>(a);
}
template <class V>
void row_exact(const IndexRowArgs& a) {
  any_row<V, true>(a);
}

template <class V, bool Exact>
void down_rows(const IndexDownArgs& a) {
  const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    const auto value = [&](std::int64_t i)
                           POOLNORM_INLINE_LAMBDA { return load(static_cast<const Scalar<V>*>(a.values[i]) + e, len); };
    const auto index = [&](std::int64_t i) POOLNORM_INLINE_LAMBDA {
      return Lanes<V>::bits(Lanes<V>::load_index(a.indices[i] + e, len) + typename Lanes<V>::Integer(a.rise[i]));
    };
    Best<V, true> exact;
    V best = value(0), at = index(0);
    if constexpr (Exact) exact.value = best, exact.index = at;
    for (std::int64_t i = 1; i < a.rows; ++i) {
      const V x = value(i);
      if constexpr (Exact) {
        exact.choose(x, index(i));
      } else {
        at = xsimd::select(x > best, index(i), at);
        best = pick_larger(x, best);
      }
    }
    if constexpr (Exact) best = exact.value, at = exact.index;
    store(static_cast<Scalar<V>*>(a.value) + e, best + V(Scalar<V>(0)), len);
    Lanes<V>::store_index(a.index + e, at, len);
  };
  std::int64_t e = 0;
  for (; e + lanes_of<V> <= a.width; e += lanes_of<V>) block(e, Full{});
  if (e < a.width) block(e, Part{a.width - e});
}

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

template <class V>
bool direct(const IndexDirectArgs& a) {
  return direct_windows<V, false>(a);
}
template <class V>
void direct_exact(const IndexDirectArgs& a) {
  direct_windows<V, true>(a);
}

// convert(index, group), in loops that compilers make vectors of: nothing they store to may alias what they read.
template <class T, class Convert>
POOLNORM_INLINE void store_groups(const IndexStoreArgs& a, Convert convert) {
  const std::int64_t groups = a.groups, width = a.width, step = a.dst_step;
  const std::int32_t* __restrict from = a.index;
  T* __restrict to = static_cast<T*>(a.dst);
  for (std::int64_t g = 0; g < groups; ++g, from += width, to += step) {
    const auto of_group = convert(g);
    for (std::int64_t e = 0; e < width; ++e) to[e] = of_group(from[e]);
  }
}

void store_u8(const IndexStoreArgs& a) {
  const std::int32_t* kernel = a.kernel;
  const bool same = a.same_kernel;
  store_groups<std::uint8_t>(a, [=](std::int64_t g) POOLNORM_INLINE_LAMBDA {
    const std::int32_t columns = kernel[same ? 0 : g];
    return [=](std::int32_t i)
               POOLNORM_INLINE_LAMBDA { return static_cast<std::uint8_t>((i >> 8) * columns + (i & 255)); };
  });
}

void store_i32(const IndexStoreArgs& a) {
  store_groups<std::int32_t>(
      a, [](std::int64_t) POOLNORM_INLINE_LAMBDA { return [](std::int32_t i) POOLNORM_INLINE_LAMBDA { return i; }; });
}

void store_i64(const IndexStoreArgs& a) {
  const std::int64_t rise = a.rise;
  store_groups<std::int64_t>(a, [=](std::int64_t) POOLNORM_INLINE_LAMBDA {
    return [=](std::int32_t i) POOLNORM_INLINE_LAMBDA { return i + rise; };
  });
}

template <class V>
constexpr IndexKernels kernels{
    row<V>,    row_exact<V>, down_rows<V, false>, down_rows<V, true>, direct<V>,      direct_exact<V>, store_u8,
    store_i32, store_i64,    planes_to_tile<V>,   from_tile<V>,       from_tile<F32>, lanes_of<V>};

}  // namespace

extern const IndexKernels index_kernels, index_kernels_f64;
constexpr IndexKernels index_kernels = kernels<F32>;
constexpr IndexKernels index_kernels_f64 = kernels<F64>;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
