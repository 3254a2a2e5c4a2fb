// What local response norm and its gradient share, in f64.
#pragma once

#include "kernels/formats.hpp"
#include "kernels/power.hpp"
#include "kernels/response_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// body(i, Full or Part) for vectors of `lanes`.
template <class Body>
POOLNORM_INLINE void vectors(std::int64_t lanes, std::int64_t count, Body body) {
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Full{});
  if (i < count) body(i, Part{count - i});
}

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

template <class Len>
POOLNORM_INLINE F64 base_at(const ResponseBases& b, std::int64_t i, Len len) {
  return F64(b.k) + F64(b.factor) * sum_taps(b.squares + i, b.taps, b.tap_step, len);
}

POOLNORM_INLINE void make_bases(const ResponseBases& b, std::int64_t groups, std::int64_t width, double* bases) {
  for (std::int64_t g = 0; g < groups; ++g) {
    vectors(lanes64, width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      store(bases + g * width + i, base_at(b, g * b.squares_step + i, len), len);
    });
  }
}

// In `memory`, or the bases themselves.
POOLNORM_INLINE const double* make_divisors(const double* bases, std::int64_t count, const Exponent& exponent,
                                            double* memory) {
  if (exponent.all == 1) return bases;
  raise(bases, memory, count, exponent);
  return memory;
}

template <class Format>
POOLNORM_INLINE void widen_groups(const void* src, std::int64_t step, std::int64_t groups, std::int64_t width,
                                  double* to) {
  for (std::int64_t g = 0; g < groups; ++g) {
    const auto* from = static_cast<const typename Format::Element*>(src) + g * step;
    vectors(lanes64, width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      store(to + g * width + i, Format::load_f64(from + i, len), len);
    });
  }
}

// A step to x^(-1/4) from near it: four terms of the binomial series of (1 - e)^(-1/4).
POOLNORM_INLINE F64 nearer_root(F64 x, F64 r) {
  const F64 square = r * r, e = F64(1.0) - x * square * square;
  return r + r * (e * (F64(0.25) + e * (F64(0.15625) + e * F64(0.1171875))));
}

// x^(-1/4) of a normal number, within 2.1 * 2^-53: two steps from what the bits of x say, which has an e below 1/8.
POOLNORM_INLINE F64 inverse_quarter_root(F64 x) {
  using Bits = xsimd::batch<std::uint64_t, Arch>;
  const Bits guess = Bits(0x4feb020000000000) - (xsimd::bitwise_cast<std::uint64_t>(x) >> 2);
  return nearer_root(x, nearer_root(x, xsimd::bitwise_cast<double>(guess)));
}

// Of the exponents that networks have, 2 or 3 quarters.
struct InverseBase {
  F64 power, whole;  // base^-exponent, 1 / base
};
template <int Quarters>
POOLNORM_INLINE InverseBase inverse_of_normal(F64 base) {
  const F64 r = inverse_quarter_root(base), square = r * r;
  return {Quarters == 3 ? square * r : square, square * square};
}

// Lanes without an element become 1, which divides quietly.
POOLNORM_INLINE F64 or_one(F64 base, Full) { return base; }
POOLNORM_INLINE F64 or_one(F64 base, Part len) {
  double lane[lanes64];
  store(lane, base);
  for (std::int64_t i = len.n; i < lanes64; ++i) lane[i] = 1;
  return load(lane);
}

// A base that is 0, denormal, infinite or NaN takes the slow way.
template <int Quarters, class Len>
POOLNORM_INLINE InverseBase inverse_of_base(F64 base, Len len) {
  const auto normal = (base >= F64(0x1p-1022)) & (base <= F64(0x1.fffffffffffffp1023));
  InverseBase inverse = inverse_of_normal<Quarters>(xsimd::select(normal, base, F64(1.0)));
  if (!xsimd::all(normal)) {
    const F64 odd = xsimd::select(normal, F64(1.0), or_one(base, len)), root = square_root(odd);
    const F64 power = Quarters == 3 ? root * square_root(root) : root;
    inverse.power = xsimd::select(normal, inverse.power, divide(F64(1.0), power));
    inverse.whole = xsimd::select(normal, inverse.whole, divide(F64(1.0), odd));
  }
  return inverse;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
