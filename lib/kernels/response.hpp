// What local response norm and its gradient share, in f64.
#pragma once

#include "kernels/formats.hpp"
#include "kernels/response_table.hpp"
#include "kernels/vectors.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// to[i] = of(i, Full or Part), which is a vector of f64.
template <class Format, class Of>
POOLNORM_INLINE void store_row(typename Format::Element* to, std::int64_t width, Of of) {
  if constexpr (sizeof(typename Format::Element) == 8) {
    vectors(lanes64, width,
            [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA { Format::store(to + i, of(i, len), len); });
  } else {
    std::int64_t i = 0;
    for (; i + lanes32 <= width; i += lanes32) {
      Format::store(to + i, narrow(of(i, Full{}), of(i + lanes64, Full{})), Full{});
    }
    const std::int64_t rest = width - i;
    if (rest >= lanes64) {
      const F64 high = rest > lanes64 ? of(i + lanes64, Part{rest - lanes64}) : F64(0.0);
      Format::store(to + i, narrow(of(i, Full{}), high), Part{rest});
    } else if (rest > 0) {
      Format::store(to + i, narrow(of(i, Part{rest}), F64(0.0)), Part{rest});
    }
  }
}

// The sum of a window's taps.
template <class Len>
POOLNORM_INLINE F64 sum_taps(const double* first, std::int64_t taps, std::int64_t step, Len len) {
  F64 sum = load(first, len);
  for (std::int64_t t = 1; t < taps; ++t) sum = sum + load(first + t * step, len);
  return sum;
}

// Of every base of some groups, one after the other: base^-exponent and, where asked for, 1 / base. In `scratch`, which
// has response_scratch numbers.
struct InverseBases {
  const double *powers, *wholes;
};
InverseBases invert_bases(const ResponseBases& b, std::int64_t groups, std::int64_t width, const Exponent& exponent,
                          bool wholes, double* scratch);

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
