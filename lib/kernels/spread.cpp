// Gradients of averages and of Lp pooling: quotients, along the rows, then down. In f32, and in f64.
#include "kernels/factors.hpp"
#include "kernels/index_table.hpp"
#include "kernels/pairs.hpp"
#include "kernels/planes.hpp"
#include "kernels/vectors.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

using I32 = xsimd::batch<std::int32_t, Arch>;

// Divisors side by side may be any here, also those that f32 has not: what is beyond Divisor32::most is left to f64.
struct AnyDivisor32 : Divisor32 {
  static POOLNORM_INLINE AnyDivisor32 all(const double* p) { return {Divisor32::all(p)}; }
  static POOLNORM_INLINE AnyDivisor32 at(const double* p) {
    AnyDivisor32 d{Divisor32::at(p)};
    const F32 all = bits_as<float>(I32(INT32_MAX));
    d.limit = bits_as<std::int32_t>(xsimd::select(d.n > F32(most), all, bits_as<float>(d.limit)));
    return d;
  }
};

// V: the vector that is calculated in.
template <class V>
struct Spread {
  using T = typename V::value_type;
  static constexpr std::int64_t lanes = V::size;
  static constexpr bool is_f32 = sizeof(T) == 4;
  using Factor = std::conditional_t<is_f32, AnyDivisor32, Divisor64>;

  static POOLNORM_INLINE T quotient(T x, double divisor) {
    if constexpr (is_f32) {
      return static_cast<float>(static_cast<double>(x) * (1.0 / divisor));
    } else {
      return x / divisor;
    }
  }

  static void quotients(const QuotientArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    T* dst = static_cast<T*>(a.dst);
    const bool one_factor = a.scale_step == 0 || a.width > 1;
    if (a.width == 1 && !one_factor && (a.windows == 1 || a.src_step == 1)) {
      vectors(lanes, a.windows, [&](std::int64_t w, auto len) POOLNORM_INLINE_LAMBDA {
        // The table of scales has slack behind it.
        store(dst + w, Factor::at(a.scale + w)(load(src + w, len)), len);
      });
      return;
    }
    const bool run = a.scale_step == 0 && (a.windows == 1 || a.src_step == a.width);
    const std::int64_t pieces = run ? 1 : a.windows, width = run ? a.windows * a.width : a.width;
    for (std::int64_t w = 0; w < pieces; ++w) {
      const double* divisor = a.scale + w * a.scale_step;
      if (width == 1) {
        dst[w] = quotient(src[w * a.src_step], *divisor);
        continue;
      }
      const Factor by = Factor::all(divisor);
      vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
        store(dst + w * width + e, by(load(src + w * a.src_step + e, len)), len);
      });
    }
  }

  static void ratios(const RatioArgs& a) {
    const bool run = a.windows == 1 || (a.src_step == a.width && a.norm_step == a.width);
    const std::int64_t pieces = run ? 1 : a.windows, width = run ? a.windows * a.width : a.width;
    for (std::int64_t w = 0; w < pieces; ++w) {
      const T* src = static_cast<const T*>(a.src) + w * a.src_step;
      const T* norm = static_cast<const T*>(a.norm) + w * a.norm_step;
      T* dst = static_cast<T*>(a.dst) + w * width;
      vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
        const V by = load(norm + e, len);
        const auto none = by == V(T(0));
        // Nothing is divided by 0, not even a lane without an element. 0 / 1 and no choice behind the quotient: with
        // one a compiler need not choose the divisor.
        const V over = xsimd::select(none, V(T(0)), load(src + e, len));
        store(dst + e, divide(over, xsimd::select(none, V(T(1)), by)), len);
      });
    }
  }

  static POOLNORM_INLINE V of_phase(const T* src, const WindowPhase& phase, std::int64_t step) {
    V sum(T(-0.0));
    for (std::int64_t t = 0; t < phase.taps; ++t) sum = sum + load(src + phase.offset + t * step);
    return sum + V(T(0));
  }

  static void by_phases(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    T* dst = static_cast<T*>(a.dst);
    if (a.stride == 1) {
      for (std::int64_t j = 0; j < a.columns; j += lanes) {
        store_some(dst + j, of_phase(src + j, a.phases[0], a.step), a.columns - j);
      }
      return;
    }
    for (std::int64_t j = 0; 2 * j < a.columns; j += lanes) {
      store_pairs(dst + 2 * j, of_phase(src + j, a.phases[0], a.step), of_phase(src + j, a.phases[1], a.step),
                  a.columns - 2 * j);
    }
  }

  static void along(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    T* dst = static_cast<T*>(a.dst);
    if (a.stride != 0) return by_phases(a);
    std::int64_t c = 0;
    if constexpr (!portable_lanes && is_f32) {
      const I32 none(a.none);
      for (; c + lanes32 <= a.columns; c += lanes32) {
        const I32 first = I32::load_unaligned(a.first + c), count = I32::load_unaligned(a.count + c);
        F32 sum(-0.0f);
        for (std::int64_t t = 0; t < a.most; ++t) {
          const I32 at = first + I32(static_cast<std::int32_t>(t * a.step));
          sum = sum + F32::gather(src, xsimd::select(count > I32(static_cast<std::int32_t>(t)), at, none));
        }
        store(dst + c, sum + F32(0.0f));
      }
    }
    for (; c < a.columns; ++c) {
      T sum = T(-0.0);
      for (std::int64_t t = 0; t < a.count[c]; ++t) sum = sum + src[a.first[c] + t * a.step];
      dst[c] = sum + T(0);
    }
  }

  // Sums of the windows that see a column; AtMostOne of them.
  template <bool AtMostOne>
  static POOLNORM_INLINE void columns(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    T* dst = static_cast<T*>(a.dst);
    const std::int64_t width = a.width, step = AtMostOne ? 0 : a.step * width, dst_step = a.dst_step;
    for (std::int64_t c = 0; c < a.columns; ++c, dst += dst_step) {
      const T* p = src + a.first[c] * width;
      const std::int64_t count = a.count[c];
      vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
        V sum = count == 0 ? V(T(-0.0)) : load(p + e, len);
        for (std::int64_t t = 1; !AtMostOne && t < count; ++t) sum = sum + load(p + t * step + e, len);
        store(dst + e, sum + V(T(0)), len);
      });
    }
  }

  static void spread(const SpreadArgs& a) {
    if (a.width == 1 && a.dst_step == 1) return along(a);
    a.most <= 1 ? columns<true>(a) : columns<false>(a);
  }

  // finish(sum, offset in x, len).
  template <class Finish>
  static POOLNORM_INLINE void down_rows(const GatherRowsArgs& a, Finish finish) {
    T* dst = static_cast<T*>(a.dst);
    for (std::int64_t g = 0; g < a.groups; ++g) {
      vectors(lanes, a.width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
        V sum(T(-0.0));
        for (std::int64_t i = 0; i < a.row_count; ++i) {
          sum = sum + load(static_cast<const T*>(a.rows[i]) + g * a.width + e, len);
        }
        store(dst + g * a.dst_step + e, finish(sum, g * a.x_step + e, len) + V(T(0)), len);
      });
    }
  }

  static void down(const GatherRowsArgs& a) {
    down_rows(a, [](V sum, std::int64_t, auto) POOLNORM_INLINE_LAMBDA { return sum; });
  }
  static void down_times(const GatherRowsArgs& a) {
    const T* x = static_cast<const T*>(a.x);
    down_rows(a, [x](V sum, std::int64_t at, auto len) POOLNORM_INLINE_LAMBDA { return load(x + at, len) * sum; });
  }
  static void down_signed(const GatherRowsArgs& a) {
    const T* x = static_cast<const T*>(a.x);
    down_rows(a, [x](V sum, std::int64_t at, auto len) POOLNORM_INLINE_LAMBDA {
      const V v = load(x + at, len), zero(T(0));
      return xsimd::select(v > zero, sum, xsimd::select(v < zero, -sum, v));
    });
  }

  static constexpr SpreadKernels table{quotients,         ratios,       spread, down, down_times, down_signed,
                                       planes_to_tile<V>, from_tile<V>, lanes};
};

}  // namespace

extern const SpreadKernels spread_kernels, spread_kernels_f64;
constexpr SpreadKernels spread_kernels = Spread<F32>::table;
constexpr SpreadKernels spread_kernels_f64 = Spread<F64>::table;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
