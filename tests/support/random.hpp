// Random: a seeded generator whose sequence is the same everywhere (SplitMix64), or one whose first
// decisions are the bytes of a fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace poolnorm::tests {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // Two bytes a decision; behind them a sequence that they seed.
  Random(const std::uint8_t* bytes, std::size_t size) : state_(size), bytes_(bytes), end_(bytes + size) {}

  std::uint64_t next() {
    if (end_ - bytes_ >= 2) {
      const std::uint64_t both = bytes_[0] | static_cast<std::uint64_t>(bytes_[1]) << 8;
      bytes_ += 2;
      state_ = state_ * 0x100000001b3u ^ both;
      return both << 1 | both << 47;  // in() takes the low bits, uniform() the high ones
    }
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // lo <= result <= hi
  std::int64_t in(std::int64_t lo, std::int64_t hi) {
    return lo + static_cast<std::int64_t>((next() >> 1) % static_cast<std::uint64_t>(hi - lo + 1));
  }
  bool chance(int percent) { return in(1, 100) <= percent; }
  // [lo, hi) in steps of (hi - lo) / 2^24; the product is exact, so contraction cannot change it.
  float uniform(float lo, float hi) {
    const double step = static_cast<double>(hi - lo) * static_cast<double>(next() >> 40);
    return static_cast<float>(lo + step * 0x1p-24);
  }
  template <class T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[in(0, static_cast<std::int64_t>(list.size()) - 1)];
  }

 private:
  std::uint64_t state_;
  const std::uint8_t* bytes_ = nullptr;
  const std::uint8_t* end_ = nullptr;
};

}  // namespace poolnorm::tests
