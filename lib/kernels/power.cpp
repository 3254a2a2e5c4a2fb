// x to any power: add, multiply, divide and bits alone, in a fixed order, so that every instruction set and every
// compiler gives the same bits. Plain code without branches, for loops that compilers make vectors of.
//
// x = m * 2^e with m about 1; log2 m = 2 / ln 2 * atanh((m - 1) / (m + 1)), by its series; the exponent times e is
// exact, so that what is left after the nearest integer n loses nothing to a large e; 2^rest by its series, then n.
// Within (2p + 4) * 2^-53 of x^p where that is a normal number; 0, infinity and NaN stay what they are.
#include "kernels/power.hpp"

#include "simd/portability.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

POOLNORM_INLINE std::uint64_t bits_of(double x) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
POOLNORM_INLINE double double_of(std::uint64_t bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

// 2^k.
POOLNORM_INLINE double power_of_two(double k) {
  return double_of((bits_of(k + 0x1.8p52) << 52) + (std::uint64_t{1023} << 52));
}

// All bits where the highest is set. Choices are made of bits: compilers know vectors of them everywhere.
POOLNORM_INLINE std::uint64_t where(std::uint64_t highest) { return std::uint64_t{0} - (highest >> 63); }
POOLNORM_INLINE double choose(std::uint64_t mask, double a, double b) {
  return double_of((bits_of(a) & mask) | (bits_of(b) & ~mask));
}

constexpr std::uint64_t magnitude = ~std::uint64_t{0} >> 1, infinity = std::uint64_t{0x7ff} << 52;
constexpr double to_integer = 0x1.8p52;

// Whether a magnitude is 0, infinity or NaN.
POOLNORM_INLINE std::uint64_t special(std::uint64_t given) { return where(given - 1) | ~where(given - infinity); }

// |x| = (1 + s) / (1 - s) * 2^e, of a number that is not special.
POOLNORM_INLINE void take_apart(double x, double& s, double& e) {
  constexpr std::uint64_t least_normal = std::uint64_t{1} << 52, root_half = 0x3fe6a09e667f3bcd;
  const std::uint64_t given = bits_of(x) & magnitude;
  // A denormal number becomes a normal one; 1 stands in for what has no logarithm.
  const std::uint64_t small = where(given - least_normal);
  const double lifted = choose(special(given), 1.0, double_of(given)) * choose(small, 0x1p54, 1.0);
  const std::uint64_t bits = bits_of(lifted);
  const std::uint64_t exponent = (bits - root_half + (std::uint64_t{1024} << 52)) >> 52;  // e + 1024
  const double m = double_of(bits - (exponent << 52) + (std::uint64_t{1024} << 52));
  e = (double_of(exponent | (std::uint64_t{0x433} << 52)) - 0x1p52) - choose(small, 1078.0, 1024.0);
  s = (m - 1.0) / (m + 1.0);
}

// p * log2 |x| = n + f. The series are two of every other term: what waits for the one before is half as long.
POOLNORM_INLINE void multiply(double s, double e, const Exponent& p, double& n, double& f) {
  const double z = s * s, zz = z * z;
  double even = 0x1.af286bca1af28p-5, odd = 0x1.8618618618618p-5;
  even = even * zz + 0x1.1111111111111p-4;
  odd = odd * zz + 0x1.e1e1e1e1e1e1ep-5;
  even = even * zz + 0x1.745d1745d1746p-4;
  odd = odd * zz + 0x1.3b13b13b13b14p-4;
  even = even * zz + 0x1.2492492492492p-3;
  odd = odd * zz + 0x1.c71c71c71c71cp-4;
  even = even * zz + 0x1.5555555555555p-2;
  odd = odd * zz + 0x1.999999999999ap-3;
  const double logarithm = (s + s * (z * (even + odd * z))) * 0x1.71547652b82fep+1;
  const double whole = p.high * e, rest = p.low * e + p.all * logarithm, v = whole + rest;
  const std::uint64_t over = where(bits_of(1100.0 - v)), under = where(bits_of(v + 1200.0));
  const double nearest = (v + to_integer) - to_integer;
  n = choose(over, 2000.0, choose(under, -2000.0, nearest));
  f = choose(over | under, 0.0, (whole - nearest) + rest);
}

// 2^(n + f).
POOLNORM_INLINE double put_together(double n, double f) {
  const double ff = f * f;
  double low = 0x1.c3bd650fc2986p-36, high = 0x1.816193166d0f9p-40;
  low = low * ff + 0x1.e4cf5158b8ecap-28;
  high = high * ff + 0x1.e8cac7351bb25p-32;
  low = low * ff + 0x1.62c0223a5c824p-20;
  high = high * ff + 0x1.b5253d395e7c4p-24;
  low = low * ff + 0x1.430912f86c787p-13;
  high = high * ff + 0x1.ffcbfc588b0c7p-17;
  low = low * ff + 0x1.3b2ab6fba4e77p-7;
  high = high * ff + 0x1.5d87fe78a6731p-10;
  low = low * ff + 0x1.ebfbdff82c58fp-3;
  high = high * ff + 0x1.c6b08d704a0c0p-5;
  const double y = ((low + high * f) * f + 0x1.62e42fefa39efp-1) * f + 1.0;
  // In two steps, so that neither factor overflows.
  const double half = (n * 0.5 + to_integer) - to_integer;
  return y * power_of_two(half) * power_of_two(n - half);
}

}  // namespace

// In three loops: the steps of one number wait for each other, and a processor sees few numbers ahead.
void raise(const double* __restrict x, double* __restrict y, std::int64_t count, const Exponent& p) {
  constexpr std::int64_t block = 64;
  const Exponent exponent = p;
  double s[block], e[block], n[block], f[block];
  for (; count > 0; x += block, y += block, count -= block) {
    const std::int64_t now = count < block ? count : block;
    for (std::int64_t i = 0; i < now; ++i) take_apart(x[i], s[i], e[i]);
    for (std::int64_t i = 0; i < now; ++i) multiply(s[i], e[i], exponent, n[i], f[i]);
    for (std::int64_t i = 0; i < now; ++i) {
      const std::uint64_t given = bits_of(x[i]) & magnitude;
      y[i] = choose(special(given), double_of(given), put_together(n[i], f[i]));
    }
  }
}

void add_rows(const double* __restrict row, std::int64_t count, double* __restrict sums) {
  for (std::int64_t i = 0; i < count; ++i) sums[i] = sums[i] + row[i];
}

void sum_windows(const PowerWindowsArgs& a) {
  for (std::int64_t o = 0; o < a.windows; ++o) {
    const TapRange& r = a.ranges[o];
    const double* __restrict from = a.columns + r.first * a.width;
    double* __restrict sums = a.sums + o * a.width;
    for (std::int64_t e = 0; e < a.width; ++e) {
      double sum = 0;
      for (std::int64_t t = 0; t < r.count; ++t) sum = sum + from[t * a.dilation * a.width + e];
      sums[e] = sum;
    }
  }
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
