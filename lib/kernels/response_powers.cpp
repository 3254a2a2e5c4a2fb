// What local response norm divides by, in f64: sums of squares, and their powers.
//
// Of the exponents that networks have, 1/2 and 3/4, a power is one of the base's fourth root, whose reciprocal is a
// series: additions and multiplications alone, which are faster than roots and divisions. In loops that are short: a
// step of one number waits for the one before, and a processor sees few numbers ahead.
#include "kernels/power.hpp"
#include "kernels/response.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr double least_normal = 0x1p-1022, most_normal = 0x1.fffffffffffffp1023;

// Whether all are normal numbers. Taps: 0 for any.
template <std::int64_t Taps>
bool make_bases_of(const ResponseBases& b, std::int64_t groups, std::int64_t width, double* bases) {
  const std::int64_t taps = Taps == 0 ? b.taps : Taps, step = b.tap_step;
  const F64 k(b.k), factor(b.factor);
  auto normal = k == k;
  for (std::int64_t g = 0; g < groups; ++g, bases += width) {
    const double* from = b.squares + g * b.squares_step;
    vectors(lanes64, width, [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
      const F64 base = k + factor * sum_taps(from + i, taps, step, len);
      normal = normal & (base >= F64(least_normal)) & (base <= F64(most_normal));
      store(bases + i, base, len);
    });
  }
  return xsimd::all(normal);
}

bool make_bases(const ResponseBases& b, std::int64_t groups, std::int64_t width, double* bases) {
  return b.taps == 5 ? make_bases_of<5>(b, groups, width, bases) : make_bases_of<0>(b, groups, width, bases);
}

// A step to x^(-1/4) from near it: four terms of the binomial series of (1 - e)^(-1/4).
POOLNORM_INLINE F64 nearer_root(F64 x, F64 r) {
  const F64 square = r * r, e = F64(1.0) - x * square * square;
  return r + r * (e * (F64(0.25) + e * (F64(0.15625) + e * F64(0.1171875))));
}

// What the bits of x say of x^(-1/4): with an e below 1/8.
POOLNORM_INLINE F64 guessed_root(F64 x) {
  using Bits = xsimd::batch<std::uint64_t, Arch>;
  return bits_as<double>(Bits(0x4feb020000000000) - (bits_as<std::uint64_t>(x) >> 2));
}

// Of normal numbers in whole vectors: powers of -1/2 or -3/4, wholes (or null) in the place of the bases. The roots are
// within 2.1 * 2^-53.
template <int Quarters>
POOLNORM_INLINE void invert_normal(double* bases, std::int64_t count, double* powers, double* wholes) {
  for (std::int64_t i = 0; i < count; i += lanes64) {
    const F64 x = load(bases + i);
    store(powers + i, nearer_root(x, guessed_root(x)));
  }
  for (std::int64_t i = 0; i < count; i += lanes64) {
    const F64 r = nearer_root(load(bases + i), load(powers + i)), square = r * r;
    store(powers + i, Quarters == 3 ? square * r : square);
    if (wholes != nullptr) store(wholes + i, square * square);
  }
}

POOLNORM_INLINE double root(double x) {
  double lane[lanes64];
  store(lane, square_root(F64(x)));
  return lane[0];
}

// `given`: room for the bases. Those that are 0, denormal, infinite or NaN are no matter for a series.
template <int Quarters>
InverseBases invert_quarters(double* bases, bool normal, std::int64_t count, bool wants_wholes, double* powers,
                             double* given) {
  double* const wholes = wants_wholes ? bases : nullptr;
  const std::int64_t whole_vectors = (count + lanes64 - 1) / lanes64 * lanes64;
  for (std::int64_t i = count; i < whole_vectors; ++i) bases[i] = 1;
  if (!normal) __builtin_memcpy(given, bases, static_cast<std::size_t>(count) * sizeof(double));
  invert_normal<Quarters>(bases, whole_vectors, powers, wholes);
  for (std::int64_t i = 0; !normal && i < count; ++i) {
    if (given[i] >= least_normal && given[i] <= most_normal) continue;
    const double half = root(given[i]);
    powers[i] = 1 / (Quarters == 3 ? half * root(half) : half);
    if (wants_wholes) bases[i] = 1 / given[i];
  }
  return {powers, wholes};
}

void invert_all(const double* __restrict x, std::int64_t count, double* __restrict y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] = 1 / x[i];
}

}  // namespace

InverseBases invert_bases(const ResponseBases& b, std::int64_t groups, std::int64_t width, const Exponent& exponent,
                          bool wholes, double* scratch) {
  double *const bases = scratch, *const powers = bases + response_block, *const third = powers + response_block;
  const std::int64_t count = groups * width;
  const bool normal = make_bases(b, groups, width, bases);
  if (exponent.all == 0.75) return invert_quarters<3>(bases, normal, count, wholes, powers, third);
  if (exponent.all == 0.5) return invert_quarters<2>(bases, normal, count, wholes, powers, third);
  if (exponent.all == 1) {
    invert_all(bases, count, powers);
    return {powers, powers};
  }
  raise(bases, third, count, exponent);
  invert_all(third, count, powers);
  if (wholes) invert_all(bases, count, third);
  return {powers, third};
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
