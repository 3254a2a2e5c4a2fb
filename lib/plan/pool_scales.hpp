// What the sums of an average are divided by, for every row and every window of a row; of integers quantised anew,
// a Requantization.
#pragma once

#include "plan/array.hpp"
#include "plan/pool_geometry.hpp"

namespace poolnorm {

class PoolScales {
 public:
  // False when memory is short.
  bool make(const PoolGeometry& g) noexcept;

  // Of output row (od, oh), from window w on.
  const double* at(std::int64_t od, std::int64_t oh, std::int64_t w) const noexcept {
    if (table_.size() == 0) return nullptr;
    return table_.data() + (d_class_[od] * h_classes_ + h_class_[oh]) * pitch_ + w * step_;
  }
  // The whole table for one slice of D: output row oh + i has line rows(oh)[i], each pitch() apart.
  const double* lines() const noexcept { return table_.size() == 0 ? nullptr : table_.data(); }
  const std::int64_t* rows(std::int64_t oh) const noexcept {
    return table_.size() == 0 ? nullptr : h_class_.data() + oh;
  }
  std::int64_t pitch() const noexcept { return pitch_; }
  // Between windows, in numbers. 0: every window of a row has the same divisor.
  std::int64_t step() const noexcept { return step_; }
  // The largest divisor.
  std::int64_t largest() const noexcept { return largest_; }
  // Whether every divisor is one.
  bool powers_of_two() const noexcept { return powers_of_two_; }

 private:
  Array<double> table_;
  Array<std::int64_t> d_class_, h_class_;  // rows of equal tap counts share a line of the table
  std::int64_t h_classes_ = 1, pitch_ = 0, step_ = 0;
  bool powers_of_two_ = true;
  std::int64_t largest_ = 1;
};

}  // namespace poolnorm
