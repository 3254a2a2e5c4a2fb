// Lp pooling: sums of |x| and of x * x, which are those of the averages but for what a load gives and what
// becomes of the sum, and maxima of |x|.
#pragma once

#include <type_traits>

#include "kernels/keys.hpp"
#include "kernels/plain.hpp"
#include "kernels/power_rows.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// As Format, but for what a load gives.
template <class Format, class Term>
struct TermsOf : Format {
  using Element = typename Format::Element;
  static constexpr bool hot = false, wide = false;

  template <class Len>
  static POOLNORM_INLINE auto load(const Element* p, Len len) {
    return Term::of(Format::load(p, len));
  }
  template <class Len>
  static POOLNORM_INLINE F64 load_f64(const Element* p, Len len) {
    return Term::of(Format::load_f64(p, len));
  }
};

struct Magnitude {
  template <class V>
  static POOLNORM_INLINE V of(V x) {
    return xsimd::abs(x);
  }
};
struct Square {
  template <class V>
  static POOLNORM_INLINE V of(V x) {
    return x * x;
  }
};

// Where averages have a factor.
struct Root {
  static POOLNORM_INLINE Root all(const double*) { return {}; }
  static POOLNORM_INLINE Root at(const double*) { return {}; }
  template <class V>
  POOLNORM_INLINE V operator()(V sum) const {
    return square_root(sum);
  }
};

template <class Format>
using MagnitudesOf = TermsOf<Format, Magnitude>;
template <class Format>
struct SquaresOf : TermsOf<Format, Square> {
  static constexpr bool runs = false;  // of f32 they would overflow
  using LongFactor = Root;
};

// The tables of one element type. With p = 1 everything behind the columns is the average's, `Factor` its way
// to divide: by 1. Largest: the reduction to the largest |x|.
template <class Format, class Factor, class Largest>
struct Powers {
  using Acc = typename Format::Vector::value_type;
  static constexpr const char* accumulator = sizeof(Acc) == 8 ? "f64" : "f32";
  static constexpr const char* lane = sizeof(typename Largest::Element) == 8   ? "f64"
                                      : sizeof(typename Largest::Element) == 4 ? "s32"
                                                                               : "s16";
  using Sum1 = ShortSum<Factor, MagnitudesOf<Format>>;
  using Sum2 = ShortSum<Root, SquaresOf<Format>>;
  // Columns of f64 are those of long sums as they are.
  template <class Short, class Long>
  using LongColumns = std::conditional_t<sizeof(Acc) == 8, Short, Long>;
  static constexpr ReductionKernels p1 = plain<Sum1, Sum1, ShortSum<Factor, Format>>(accumulator);
  static constexpr ReductionKernels long_p1 =
      plain_long<LongSum<Format>, LongColumns<Sum1, LongSum<MagnitudesOf<Format>>>>("f64");
  static constexpr ReductionKernels p2 = plain<Sum2>(accumulator);
  static constexpr ReductionKernels long_p2 =
      plain_long<LongSum<SquaresOf<Format>>, LongColumns<Sum2, LongSum<SquaresOf<Format>>>>("f64");
  static constexpr ReductionKernels infinity = plain<Largest>(lane);
  static constexpr LpKernels table{&p1, &long_p1, &p2, &long_p2, &infinity, &power_kernels<Format>};
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
