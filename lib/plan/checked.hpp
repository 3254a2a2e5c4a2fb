// Sizes in 64 bits that remember whether they still fit.
#pragma once

#include "plan/portability.hpp"

namespace poolnorm {

class Checked {
 public:
  Checked(std::int64_t value) noexcept : value_(value) {}

  bool fits() const noexcept { return fits_; }
  // The result; INT64_MAX when it did not fit.
  std::int64_t value() const noexcept { return fits_ ? value_ : INT64_MAX; }

  friend Checked operator+(Checked a, Checked b) noexcept {
    a.fits_ = a.fits_ && b.fits_ && add_fits(a.value_, b.value_, a.value_);
    return a;
  }
  friend Checked operator-(Checked a, Checked b) noexcept {
    a.fits_ = a.fits_ && b.fits_ && b.value_ != INT64_MIN && add_fits(a.value_, -b.value_, a.value_);
    return a;
  }
  friend Checked operator*(Checked a, Checked b) noexcept {
    a.fits_ = a.fits_ && b.fits_ && multiply_fits(a.value_, b.value_, a.value_);
    return a;
  }

 private:
  std::int64_t value_;
  bool fits_ = true;
};

// a * b, a step from one to the next; 0 where that does not fit: then there is no next that is inside.
inline std::int64_t step_of(std::int64_t a, std::int64_t b) noexcept {
  const Checked step = Checked(a) * b;
  return step.fits() ? step.value() : 0;
}

// Rounds down, also for negative numerators.
inline std::int64_t floor_div(std::int64_t a, std::int64_t b) noexcept {
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
inline std::int64_t ceil_div(std::int64_t a, std::int64_t b) noexcept { return -floor_div(-a, b); }
inline std::int64_t round_up(std::int64_t v, std::int64_t to) noexcept { return ceil_div(v, to) * to; }
// Cache lines of 64 bytes.
inline std::int64_t whole_lines(std::int64_t bytes) noexcept { return round_up(bytes, 64); }

}  // namespace poolnorm
