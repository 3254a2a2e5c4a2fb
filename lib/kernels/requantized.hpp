// Averages of s8 and u8 whose result is quantised in another way: exact sums, then one product in f64, rounded to
// nearest even and then to an integer, whatever the caller's rounding mode. Results are few: one by one.
#pragma once

#include "kernels/integer_sum.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The Requantization of every lane.
struct RequantizeBy {
  const double* p;
  std::int64_t step;
  static POOLNORM_INLINE RequantizeBy all(const double* p) { return {p, 0}; }
  static POOLNORM_INLINE RequantizeBy at(const double* p) { return {p, requantization_numbers}; }
};

// Whether s * factor, rounded to f64, goes up to q + 1: it is near q + 1/2. In integers, as a product's rounding
// follows the caller's mode.
inline bool rounds_up(std::uint64_t s, double factor, std::int64_t q, bool away) {
  std::uint64_t bits;
  __builtin_memcpy(&bits, &factor, sizeof bits);
  const std::uint64_t mantissa = (bits & ((std::uint64_t(1) << 52) - 1)) | (std::uint64_t(1) << 52);
  int exponent = static_cast<int>(bits >> 52) - 1075;
  // s * mantissa in two words; s < 2^53.
  const std::uint64_t low_half = 0xffffffff;
  const std::uint64_t low = (s & low_half) * (mantissa & low_half);
  const std::uint64_t middle = (s >> 32) * (mantissa & low_half) + (low >> 32);
  const std::uint64_t cross = (s & low_half) * (mantissa >> 32) + (middle & low_half);
  const std::uint64_t high = (s >> 32) * (mantissa >> 32) + (middle >> 32) + (cross >> 32);
  std::uint64_t product = (cross << 32) | (low & low_half);
  const int length = high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(product);
  if (length > 53) {
    const int cut = length - 53;
    const std::uint64_t kept = (high << (64 - cut)) | (product >> cut), half = std::uint64_t(1) << (cut - 1);
    const std::uint64_t rest = product & (2 * half - 1);
    product = kept + (rest > half || (rest == half && (kept & 1) != 0) ? 1 : 0);
    exponent += cut;
  }
  const auto middle_of = static_cast<std::uint64_t>(2 * q + 1) << (-exponent - 1);  // q + 1/2
  if (product != middle_of) return product > middle_of;
  return away || q % 2 != 0;
}

template <class Sum>
struct Requantized : Sum {
  using T = typename Sum::Output;
  using Acc = typename Sum::Acc;
  using Scale = RequantizeBy;

  static POOLNORM_INLINE T element(double sum, const double* by) {
    const double s = sum - by[1], magnitude = s < 0 ? -s : s, product = magnitude * by[0];
    std::int64_t q = 1024;  // beyond every element, whatever the zero point
    if (product < 1024) {
      q = static_cast<std::int64_t>(product);
      const double rest = product - static_cast<double>(q);
      const bool near_half = rest > 0.5 - 0x1p-30 && rest < 0.5 + 0x1p-30;
      if (near_half ? rounds_up(static_cast<std::uint64_t>(magnitude), by[0], q, by[3] != 0) : rest > 0.5) ++q;
    }
    const std::int64_t x = (s < 0 ? -q : q) + static_cast<std::int64_t>(by[2]), lowest = Sum::lowest;
    return static_cast<T>(x < lowest ? lowest : x > lowest + 255 ? lowest + 255 : x);
  }
  static POOLNORM_INLINE void finish(T* dst, Acc sum, RequantizeBy by, Full) {
    finish(dst, sum, by, Part{static_cast<std::int64_t>(Acc::size)});
  }
  static POOLNORM_INLINE void finish(T* dst, Acc sum, RequantizeBy by, Part len) {
    typename Sum::Element lane[Acc::size];
    store(lane, sum);
    for (std::int64_t i = 0; i < len.n; ++i) dst[i] = element(static_cast<double>(lane[i]), by.p + i * by.step);
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
