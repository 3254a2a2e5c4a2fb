// Row results that windows share: slot by slot, the row that each holds now.
#pragma once

#include <cstdint>

namespace poolnorm {

class RowRing {
 public:
  // `held`: memory for depth * height numbers.
  RowRing(std::int64_t* held, std::int64_t depth, std::int64_t height) noexcept
      : held_(held), depth_(depth), height_(height) {}

  void clear() noexcept {
    for (std::int64_t i = 0; i < depth_ * height_; ++i) held_[i] = -1;
  }
  std::int64_t slot(std::int64_t d, std::int64_t h) const noexcept { return d % depth_ * height_ + h % height_; }
  // Whether the slot holds row (d, h), of `rows` a slice; it does from now on.
  bool take(std::int64_t slot, std::int64_t d, std::int64_t h, std::int64_t rows) noexcept {
    const std::int64_t row = d * rows + h;
    const bool there = held_[slot] == row;
    held_[slot] = row;
    return there;
  }

 private:
  std::int64_t* held_;
  std::int64_t depth_, height_;
};

}  // namespace poolnorm
