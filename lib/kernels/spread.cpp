// Gradients of averages and of Lp pooling: quotients, along the rows, then down.
#include "kernels/planes.hpp"
#include "kernels/spread_blocks.hpp"

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

// By a power of two, which is exact.
template <class V>
struct Shift {
  V by;
  static POOLNORM_INLINE Shift all(const double* p) { return {V(static_cast<typename V::value_type>(1.0 / *p))}; }
  POOLNORM_INLINE V operator()(V x) const { return x * by; }
};

// x / norm. Nothing is divided by 0, not even a lane without an element: 0 / 1. No choice stands behind the quotient, or moves there:
// with one a compiler need not choose the divisor.
template <class V>
POOLNORM_INLINE V ratio(V x, V norm) {
  const V zero(0), one(1);
  const auto none = norm == zero;
  V by = xsimd::select(none, one, norm);
  POOLNORM_OPAQUE(by);
  return divide(xsimd::select(none, zero, x), by);
}

template <std::int64_t N>
struct Count {
  POOLNORM_INLINE constexpr operator std::int64_t() const { return N; }
};
// A loop's count as a constant where it is small, and where that is `worth` its code.
template <bool worth, class Body>
POOLNORM_INLINE void with_count(std::int64_t n, Body body) {
  if constexpr (!worth) return body(n);
  switch (n) {
    case 1: return body(Count<1>{});
    case 2: return body(Count<2>{});
    case 3: return body(Count<3>{});
    default: return body(n);
  }
}

template <class Format>
struct Spread {
  using V = typename Format::Vector;
  using T = typename V::value_type;
  using Element = typename Format::Element;
  using Lanes = InLanes<V>;
  static constexpr std::int64_t lanes = V::size;
  static constexpr bool is_f32 = sizeof(T) == 4;
  using Factor = std::conditional_t<is_f32, AnyDivisor32, Divisor64>;

  template <class By>
  static POOLNORM_INLINE void divided(const Element* src, T* dst, std::int64_t count, By by) {
    vectors(lanes, count, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
      store(dst + e, by(Format::load(src + e, len)), len);
    });
  }

  static void quotients(const QuotientArgs& a) {
    const bool run = a.windows == 1 || (a.scale_step == 0 && a.src_step == a.width);
    const std::int64_t width = run ? a.windows * a.width : a.width;
    // Of `one`: a division of its own.
    const double* one = a.scale;
    Factor factor = Factor::all(one);
    Shift<V> shift = Shift<V>::all(one);
    for (std::int64_t r = 0; r < a.rows; ++r) {
      const Element* src = static_cast<const Element*>(a.src) + r * a.src_row;
      T* dst = static_cast<T*>(a.dst) + r * a.dst_row;
      const double* divisors = a.scale + (a.lines == nullptr ? 0 : a.lines[r] * a.pitch);
      if (run) {
        if (divisors != one) {
          one = divisors;
          factor = Factor::all(one);
          shift = Shift<V>::all(one);
        }
        a.powers_of_two ? divided(src, dst, width, shift) : divided(src, dst, width, factor);
      } else if (a.width == 1 && a.src_step == 1) {
        vectors(lanes, a.windows, [&](std::int64_t w, auto len) POOLNORM_INLINE_LAMBDA {
          // The table of scales has slack behind it.
          store(dst + w, Factor::at(divisors + w)(Format::load(src + w, len)), len);
        });
      } else {
        for (std::int64_t w = 0; w < a.windows; ++w) {
          divided(src + w * a.src_step, dst + w * width, width, Factor::all(divisors + w * a.scale_step));
        }
      }
    }
  }

  static void ratios(const RatioArgs& a) {
    const bool run = a.windows == 1 || (a.src_step == a.width && a.norm_step == a.width);
    const std::int64_t pieces = run ? 1 : a.windows, width = run ? a.windows * a.width : a.width;
    for (std::int64_t r = 0; r < a.rows; ++r) {
      for (std::int64_t w = 0; w < pieces; ++w) {
        const Element* src = static_cast<const Element*>(a.src) + r * a.src_row + w * a.src_step;
        const Element* norm = static_cast<const Element*>(a.norm) + r * a.norm_row + w * a.norm_step;
        T* dst = static_cast<T*>(a.dst) + r * a.dst_row + w * width;
        vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
          store(dst + e, ratio(Format::load(src + e, len), Format::load(norm + e, len)), len);
        });
      }
    }
  }

  static POOLNORM_INLINE V of_phase(const T* src, const WindowPhase& phase, std::int64_t step) {
    V sum(T(-0.0));
    for (std::int64_t t = 0; t < phase.taps; ++t) sum = sum + load(src + phase.offset + t * step);
    return sum + V(T(0));
  }

  template <class Out>
  static POOLNORM_INLINE void by_phases(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    auto* dst = static_cast<typename Out::Element*>(a.dst);
    if (a.stride == 1) {
      for (std::int64_t j = 0; j < a.columns; j += lanes) {
        store_some<Out>(dst + j, of_phase(src + j, a.phases[0], a.step), a.columns - j);
      }
      return;
    }
    for (std::int64_t j = 0; 2 * j < a.columns; j += lanes) {
      store_pairs<Out>(dst + 2 * j, of_phase(src + j, a.phases[0], a.step), of_phase(src + j, a.phases[1], a.step),
                       a.columns - 2 * j);
    }
  }

  template <class Out>
  static POOLNORM_INLINE void along(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    auto* dst = static_cast<typename Out::Element*>(a.dst);
    if (a.stride != 0) return by_phases<Out>(a);
    std::int64_t c = 0;
    if constexpr (!portable_lanes && is_f32) {
      static_assert(count_columns % lanes32 == 0);
      const I32 none(a.none);
      for (; c + lanes32 <= a.columns; c += lanes32) {
        const I32 first = I32::load_unaligned(a.first + c), count = I32::load_unaligned(a.count + c);
        F32 sum(-0.0f);
        for (std::int64_t t = 0, most = a.most[c / count_columns]; t < most; ++t) {
          const I32 at = first + I32(static_cast<std::int32_t>(t * a.step));
          sum = sum + F32::gather(src, xsimd::select(count > I32(static_cast<std::int32_t>(t)), at, none));
        }
        Out::store(dst + c, sum + F32(0.0f), Full{});
      }
    }
    for (; c < a.columns; ++c) {
      T sum = T(-0.0);
      for (std::int64_t t = 0; t < a.count[c]; ++t) sum = sum + src[a.first[c] + t * a.step];
      Out::store(dst + c, V(sum + T(0)), Part{1});
    }
  }

  // Sums of the windows that see a column.
  template <class Out>
  static POOLNORM_INLINE void columns(const SpreadArgs& a) {
    const T* src = static_cast<const T*>(a.src);
    auto* dst = static_cast<typename Out::Element*>(a.dst);
    const std::int64_t width = a.width, step = a.step * width, dst_step = a.dst_step;
    for (std::int64_t c = 0; c < a.columns; ++c, dst += dst_step) {
      const T* p = src + a.first[c] * width;
      const auto sum_of = [&](auto count) POOLNORM_INLINE_LAMBDA {
        vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
          V sum(T(-0.0));
          for (std::int64_t t = 0; t < count; ++t) sum = sum + load(p + t * step + e, len);
          Out::store(dst + e, sum + V(T(0)), len);
        });
      };
      with_count<true>(a.count[c], sum_of);
    }
  }

  template <class Out>
  static void spread(const SpreadArgs& a) {
    if (a.width == 1 && a.dst_step == 1) return along<Out>(a);
    columns<Out>(a);
  }

  template <class Out, class Finish>
  static POOLNORM_INLINE void gather(const GatherRowsArgs& a) {
    auto* dst = static_cast<typename Out::Element*>(a.dst);
    const auto* x = static_cast<const Element*>(a.x);
    const std::int64_t width = a.width;
    with_count<!(converts<Out> && Finish::reads)>(a.row_count, [&](auto count) POOLNORM_INLINE_LAMBDA {
      for (std::int64_t g = 0; g < a.groups; ++g) {
        const void* few[3] = {};
        for (std::int64_t i = 0; i < count && i < 3; ++i) few[i] = a.rows[i];
        vectors(lanes, width, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
          V sum(T(-0.0)), seen(T(0));
          for (std::int64_t i = 0; i < count; ++i) {
            const void* const row = std::is_integral_v<decltype(count)> ? a.rows[i] : few[i];
            sum = sum + load(static_cast<const T*>(row) + g * width + e, len);
          }
          if constexpr (Finish::reads) seen = Format::load(x + g * a.x_step + e, len);
          Out::store(dst + g * a.dst_step + e, Finish::finish(sum, seen) + V(T(0)), len);
        });
      }
    });
  }
  static void down(const GatherRowsArgs& a) {
    with_finish(a.finish, [&](auto finish) { gather<Format, decltype(finish)>(a); });
  }
  static void add(const GatherRowsArgs& a) { gather<Lanes, OfSum>(a); }

  template <class Finish>
  static POOLNORM_INLINE void fill(const SpreadAllArgs& a) {
    const Factor by = Factor::all(&a.divisor);
    for (std::int64_t p = 0; p < a.planes; ++p) {
      const V grad = Format::all(static_cast<const Element*>(a.src)[p * a.src_step]);
      const V share = a.norm == nullptr ? by(grad) : ratio(grad, Format::all(static_cast<const Element*>(a.norm)[p * a.norm_step]));
      Element* const dst = static_cast<Element*>(a.dst) + p * a.dst_step;
      vectors(lanes, a.elements, [&](std::int64_t e, auto len) POOLNORM_INLINE_LAMBDA {
        V seen(T(0));
        if constexpr (Finish::reads) seen = Format::load(static_cast<const Element*>(a.x) + p * a.x_step + e, len);
        Format::store(dst + e, Finish::finish(share, seen) + V(T(0)), len);
      });
    }
  }
  static void all(const SpreadAllArgs& a) {
    with_plane_finish<Format>(a.finish, [&](auto finish) { fill<decltype(finish)>(a); });
  }

  static constexpr SpreadKernels table{
      quotients,     ratios, spread<Format>, spread<Lanes>, down, add, SpreadBlocks<Format>::blocks, all,
      planes_to_tile<V>, from_tile<V>, lanes};
};

}  // namespace

extern const SpreadTables spread_tables;
constexpr SpreadTables spread_tables{Spread<InF32>::table, Spread<InF16>::table, Spread<InBF16>::table, Spread<InF64>::table};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
