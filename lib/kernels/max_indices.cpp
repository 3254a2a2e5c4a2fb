// Max pooling with indices: along the rows, then down, or both at once along the channels.
// Fast loops pick by > and watch for NaN; exact ones let the first NaN win.
#include "kernels/index_table.hpp"
#include "kernels/planes.hpp"
#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

using I32 = xsimd::batch<std::int32_t, Arch>;
static_assert(I32::size == F32::size);

// Indices travel as the bits of floats, so that one mask serves both.
POOLNORM_INLINE F32 bits(I32 i) { return xsimd::bitwise_cast<float>(i); }
POOLNORM_INLINE F32 bits(std::int64_t i) { return bits(I32(static_cast<std::int32_t>(i))); }
POOLNORM_INLINE I32 integers(F32 v) { return xsimd::bitwise_cast<std::int32_t>(v); }

template <class Len>
POOLNORM_INLINE void store_index(std::int32_t* p, F32 v, Len len) {
  // Bits only: no arithmetic ever sees them as floats.
  store(reinterpret_cast<float*>(p), v, len);
}

template <bool Exact>
struct Best {
  F32 value, index;
  M32 seen{false};

  POOLNORM_INLINE void begin(F32 x, F32 i) {
    value = x;
    index = i;
    if constexpr (!Exact) seen = either(seen, unordered(x, x));
  }
  POOLNORM_INLINE void choose(F32 x, F32 i) {
    if constexpr (Exact) {
      const M32 m = (x > value) | (unordered(x, x) & (value == value));
      value = xsimd::select(m, x, value);
      index = xsimd::select(m, i, index);
    } else {
      index = xsimd::select(x > value, i, index);
      value = pick_max(x, value);
    }
  }
  POOLNORM_INLINE void take(F32 x, F32 i) {
    if constexpr (!Exact) seen = either(seen, unordered(x, x));
    choose(x, i);
  }
  POOLNORM_INLINE void take(F32 x, F32 i, F32 y, F32 k) {
    if constexpr (!Exact) seen = either(seen, unordered(x, y));
    choose(x, i);
    choose(y, k);
  }
};

// at(j), j < taps, taps >= 1, of indices j * step.
template <bool Exact, class At>
POOLNORM_INLINE void along(Best<Exact>& best, At at, std::int64_t taps, std::int64_t step) {
  best.begin(at(0), bits(0));
  std::int64_t j = 1;
  for (; j + 1 < taps; j += 2) best.take(at(j), bits(j * step), at(j + 1), bits((j + 1) * step));
  if (j < taps) best.take(at(j), bits(j * step));
}

// Windows whose taps lie anywhere. Taps behind a window's last are its last again, which never wins.
template <bool Exact, class Len>
POOLNORM_INLINE void gathered(const IndexRowArgs& a, std::int64_t w, Len len, M32& seen) {
  const float* src = static_cast<const float*>(a.src);
  const I32 first = I32::load_unaligned(a.first + w), last = I32::load_unaligned(a.last + w);
  const I32 column(static_cast<std::int32_t>(a.column));
  Best<Exact> best;
  along(
      best,
      [&](std::int64_t j) POOLNORM_INLINE_LAMBDA {
        const I32 at = xsimd::min(first + I32(static_cast<std::int32_t>(j * a.dilation)), last);
        return F32::gather(src, at * column);
      },
      a.taps, a.index_step);
  seen = either(seen, best.seen);
  const F32 index = bits(integers(best.index) + I32::load_unaligned(a.base + w));
  store(static_cast<float*>(a.value) + w, best.value, len);
  store_index(a.index + w, index, len);
}

POOLNORM_INLINE bool is_nan(float x) { return x != x; }

// One window; long ones with vectors along their taps. True: there is a NaN and the lanes were not told.
template <bool Exact>
bool one_window(const IndexRowArgs& a, std::int64_t w) {
  const TapRange& r = a.ranges[w];
  const float* p = static_cast<const float*>(a.src) + r.first * a.column;
  float best = -__builtin_inff();
  std::int64_t at = 0, j = 0;
  if constexpr (!Exact) {
    if (a.column == 1 && a.dilation == 1 && r.count >= 2 * lanes32) {
      Best<false> lanes;
      lanes.begin(load(p), bits(0));
      for (j = lanes32; j + lanes32 <= r.count; j += lanes32) lanes.take(load(p + j), bits(j));
      if (xsimd::any(lanes.seen)) return true;
      float value[lanes32];
      std::int32_t block[lanes32];
      store(value, lanes.value);
      integers(lanes.index).store_unaligned(block);
      best = value[0];
      at = block[0];
      for (std::int64_t l = 1; l < lanes32; ++l) {
        const std::int64_t k = block[l] + l;
        if (value[l] > best || (value[l] == best && k < at)) best = value[l], at = k;
      }
    }
  }
  if (j == 0 && r.count > 0) best = p[0], j = 1;
  bool seen = is_nan(best);
  for (; j < r.count; ++j) {
    const float x = p[j * a.dilation * a.column];
    seen = seen || is_nan(x);
    if (x > best || (Exact && is_nan(x) && !is_nan(best))) best = x, at = j;
  }
  static_cast<float*>(a.value)[w] = best;
  a.index[w] = a.base[w] + static_cast<std::int32_t>(at * a.index_step);
  return !Exact && seen;
}

// So many windows at the end of a row are done one by one.
constexpr std::int64_t few = 3;

template <bool Exact>
POOLNORM_INLINE void scattered(const IndexRowArgs& a, std::int64_t w, std::int64_t end, M32& seen, bool& met) {
  if (a.taps >= 4 * lanes32 && a.column == 1) {
    for (; w < end; ++w) met = one_window<Exact>(a, w) || met;
    return;
  }
  if (!portable_lanes) {
    for (; end - w >= lanes32; w += lanes32) gathered<Exact>(a, w, Full{}, seen);
    if (end - w > few) {
      gathered<Exact>(a, w, Part{end - w}, seen);
      w = end;
    }
  }
  for (; w < end; ++w) met = one_window<Exact>(a, w) || met;
}

// Whole windows, `Stride` apart, one vector of them from window w on.
template <bool Exact, int Stride>
POOLNORM_INLINE void whole(const IndexRowArgs& a, std::int64_t w, M32& seen) {
  const float* p = static_cast<const float*>(a.src) + a.first[w];
  Best<Exact> best;
  if constexpr (Stride == 1) {
    along(
        best, [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(p + j * a.dilation); }, a.taps, a.index_step);
  } else {
    const auto pair = [&](std::int64_t j)
                          POOLNORM_INLINE_LAMBDA { return deinterleave(load(p + j), load(p + j + lanes32)); };
    Pair<F32> x = pair(0);
    best.begin(x.first, bits(0));
    if (a.taps > 1) best.take(x.second, bits(a.index_step));
    std::int64_t j = 2;
    for (; j + 1 < a.taps; j += 2) {
      x = pair(j);
      best.take(x.first, bits(j * a.index_step), x.second, bits((j + 1) * a.index_step));
    }
    if (j < a.taps) best.take(pair(j).first, bits(j * a.index_step));
  }
  seen = either(seen, best.seen);
  store(static_cast<float*>(a.value) + w, best.value, Full{});
  store_index(a.index + w, bits(integers(best.index) + I32::load_unaligned(a.base + w)), Full{});
}

template <bool Exact, int Stride>
POOLNORM_INLINE void whole_run(const IndexRowArgs& a, M32& seen, bool& met) {
  // The last vector that reads inside the row; it may overlap the one before.
  const std::int64_t room = a.columns - Stride * lanes32 - (a.taps - 1) * a.dilation - a.first[a.whole_begin];
  std::int64_t begin = a.whole_begin, end = begin;
  if (room >= 0 && a.whole_end - begin >= lanes32) {
    const std::int64_t fits = begin + room / Stride, most = a.whole_end - lanes32;
    const std::int64_t last = fits < most ? fits : most;
    std::int64_t w = begin;
    for (; w < last; w += lanes32) whole<Exact, Stride>(a, w, seen);
    whole<Exact, Stride>(a, last, seen);
    end = last + lanes32;
  }
  scattered<Exact>(a, 0, begin, seen, met);
  scattered<Exact>(a, end, a.windows, seen, met);
}

template <bool Exact>
POOLNORM_INLINE void grouped(const IndexRowArgs& a, M32& seen) {
  for (std::int64_t w = 0; w < a.windows; ++w) {
    const TapRange& r = a.ranges[w];
    const float* src = static_cast<const float*>(a.src) + r.first * a.column;
    float* value = static_cast<float*>(a.value) + w * a.width;
    std::int32_t* index = a.index + w * a.width;
    const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      Best<Exact> best;
      if (r.count == 0) {
        best.begin(F32(-__builtin_inff()), bits(0));
      } else {
        along(
            best, [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(src + j * a.dilation * a.column + e, len); },
            r.count, a.index_step);
      }
      seen = either(seen, best.seen);
      store(value + e, best.value, len);
      store_index(index + e, bits(integers(best.index) + I32(a.base[w])), len);
    };
    std::int64_t e = 0;
    for (; e + lanes32 <= a.width; e += lanes32) block(e, Full{});
    if (e < a.width) block(e, Part{a.width - e});
  }
}

template <bool Exact>
bool any_row(const IndexRowArgs& a) {
  M32 seen(false);
  bool met = false;
  if (a.width > 1) {
    grouped<Exact>(a, seen);
  } else if (a.whole_begin < a.whole_end) {
    a.stride == 1 ? whole_run<Exact, 1>(a, seen, met) : whole_run<Exact, 2>(a, seen, met);
  } else {
    scattered<Exact>(a, 0, a.windows, seen, met);
  }
  return met || xsimd::any(seen);
}

bool row(const IndexRowArgs& a) { return any_row<false>(a); }
void row_exact(const IndexRowArgs& a) { any_row<true>(a); }

template <bool Exact>
void down_rows(const IndexDownArgs& a) {
  const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    const auto value = [&](std::int64_t i)
                           POOLNORM_INLINE_LAMBDA { return load(static_cast<const float*>(a.values[i]) + e, len); };
    const auto index = [&](std::int64_t i) POOLNORM_INLINE_LAMBDA {
      return bits(integers(load(reinterpret_cast<const float*>(a.indices[i]) + e, len)) + I32(a.rise[i]));
    };
    Best<true> exact;
    F32 best = value(0), at = index(0);
    if constexpr (Exact) exact.value = best, exact.index = at;
    for (std::int64_t i = 1; i < a.rows; ++i) {
      const F32 x = value(i);
      if constexpr (Exact) {
        exact.choose(x, index(i));
      } else {
        at = xsimd::select(x > best, index(i), at);
        best = pick_max(x, best);
      }
    }
    if constexpr (Exact) best = exact.value, at = exact.index;
    store(static_cast<float*>(a.value) + e, best + F32(0.0f), len);
    store_index(a.index + e, at, len);
  };
  std::int64_t e = 0;
  for (; e + lanes32 <= a.width; e += lanes32) block(e, Full{});
  if (e < a.width) block(e, Part{a.width - e});
}

// Windows of at most this many taps are taken whole.
constexpr std::int64_t most_direct = 16;

// K: rows and columns of the window, 0 for any. names: of its taps, row by row, `pitch` a row.
template <bool Exact, int K>
POOLNORM_INLINE void direct_window(const IndexDirectArgs& a, std::int64_t w, const F32* names, std::int64_t pitch,
                                   M32& seen) {
  const TapRange& r = a.ranges[w];
  const std::int64_t rows = K == 0 ? a.row_count : K, taps = K == 0 ? r.count : K;
  const std::int64_t first = r.first * a.column, tap = a.dilation * a.column;
  float* value = static_cast<float*>(a.value) + w * a.value_step;
  std::int32_t* index = a.index + w * a.width;
  const auto block = [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
    Best<Exact> best;
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* p = static_cast<const float*>(a.rows[i]) + first + e;
      const F32* name = names + i * pitch;
      const auto at = [&](std::int64_t j) POOLNORM_INLINE_LAMBDA { return load(p + j * tap, len); };
      std::int64_t j = 0;
      if (i == 0) best.begin(at(0), name[0]), j = 1;
      for (; j + 1 < taps; j += 2) best.take(at(j), name[j], at(j + 1), name[j + 1]);
      if (j < taps) best.take(at(j), name[j]);
    }
    seen = either(seen, best.seen);
    store(value + e, best.value + F32(0.0f), len);
    store_index(index + e, bits(integers(best.index) + I32(a.base[w])), len);
  };
  std::int64_t e = 0;
  for (; e + lanes32 <= a.width; e += lanes32) block(e, Full{});
  if (e < a.width) block(e, Part{a.width - e});
}

template <bool Exact>
bool direct_windows(const IndexDirectArgs& a) {
  M32 seen(false);
  F32 names[most_direct];
  const std::int64_t pitch = a.most_taps;
  for (std::int64_t i = 0; i < a.row_count; ++i) {
    for (std::int64_t j = 0; j < pitch; ++j) names[i * pitch + j] = bits(a.rise[i] + j * a.index_step);
  }
  for (std::int64_t w = 0; w < a.windows; ++w) {
    const std::int64_t taps = a.ranges[w].count;
    if (taps == 0) continue;
    if (!Exact && taps == 2 && a.row_count == 2) {
      direct_window<Exact, 2>(a, w, names, pitch, seen);
    } else if (!Exact && taps == 3 && a.row_count == 3) {
      direct_window<Exact, 3>(a, w, names, pitch, seen);
    } else {
      direct_window<Exact, 0>(a, w, names, pitch, seen);
    }
  }
  return xsimd::any(seen);
}

bool direct(const IndexDirectArgs& a) { return direct_windows<false>(a); }
void direct_exact(const IndexDirectArgs& a) { direct_windows<true>(a); }

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

}  // namespace

extern const IndexKernels index_kernels;
constexpr IndexKernels index_kernels{row,       row_exact,      down_rows<false>, down_rows<true>,
                                     direct,    direct_exact,   store_u8,         store_i32,
                                     store_i64, planes_to_tile, from_tile<F32>,   lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
