#include "plan/exponent.hpp"

#include <cstring>

namespace poolnorm {
namespace {

// x without the last bits of its 53.
double with_26_bits(double x) noexcept {
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits &= ~((std::uint64_t{1} << 27) - 1);
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace

Exponent exponent_of(double p) noexcept {
  const double high = with_26_bits(p);
  return {high, p - high, p};
}

// 1 / p. Both products, and the first difference, are exact.
Exponent inverse_of(double p) noexcept {
  const double high = with_26_bits(1 / p), first = with_26_bits(p);
  return {high, ((1 - high * first) - high * (p - first)) / p, 1 / p};
}

// The sum with 1 is exact, and so is the last difference.
Exponent derivative_of(double p) noexcept {
  const double high = with_26_bits(p - 1);
  return {high, p - (high + 1), p - 1};
}

Exponent negative_of(const Exponent& exponent) noexcept { return {-exponent.high, -exponent.low, -exponent.all}; }

}  // namespace poolnorm
