// The few words that compilers spell differently. Everything else is standard C++.
#pragma once

#include <cstdint>

#if defined(__GNUC__)
#define POOLNORM_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define POOLNORM_PRINTF(text, first)
#endif

namespace poolnorm {

// False, and an unspecified result, when the true result does not fit.
#if defined(__GNUC__)
inline bool add_fits(std::int64_t a, std::int64_t b, std::int64_t& sum) noexcept {
  return !__builtin_add_overflow(a, b, &sum);
}
inline bool multiply_fits(std::int64_t a, std::int64_t b, std::int64_t& product) noexcept {
  return !__builtin_mul_overflow(a, b, &product);
}
#else
inline bool add_fits(std::int64_t a, std::int64_t b, std::int64_t& sum) noexcept {
  if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) return false;
  sum = a + b;
  return true;
}
inline bool multiply_fits(std::int64_t a, std::int64_t b, std::int64_t& product) noexcept {
  if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
            : (b > 0 ? a < INT64_MIN / b : a != 0 && b < INT64_MAX / a)) {
    return false;
  }
  product = a * b;
  return true;
}
#endif

}  // namespace poolnorm
