// The binary-counter tree in which moments merge: nodes of equal size in pairs, as a counter carries;
// what is left at the end from the last to the first.
#pragma once

#include <poolnorm/moments.hpp>

#include "kernels/moments_table.hpp"

namespace poolnorm {

// The formula of MergeArgs; an empty set changes nothing.
inline Moments merged(const Moments& a, const Moments& b) noexcept {
  if (a.count == 0 || b.count == 0) return a.count == 0 ? b : a;
  const std::int64_t count = static_cast<std::int64_t>(static_cast<std::uint64_t>(a.count) + static_cast<std::uint64_t>(b.count));
  const double share = static_cast<double>(b.count) / static_cast<double>(count);
  const double spread = static_cast<double>(a.count) * share, d = b.mean - a.mean;
  return {count, a.mean + d * share, (a.m2 + b.m2) + (d * d) * spread};
}

// Addresses have 57 bits at most, a node 24 bytes.
inline constexpr int counter_levels = 56;

class MomentsCounter {
 public:
  // `sums`: mean and M2 are sums that add up.
  explicit MomentsCounter(bool sums = false) noexcept : sums_(sums) {}

  void push(const Moments& m) noexcept {
    set(top_++, m);
    for (std::int64_t carry = pushes_++; carry & 1; carry >>= 1) merge_top();
  }
  Moments total() noexcept {
    while (top_ > 1) merge_top();
    return top_ == 0 ? Moments{} : node(0);
  }

 private:
  void merge_top() noexcept {
    --top_;
    const Moments a = node(top_ - 1), b = node(top_);
    set(top_ - 1, sums_ ? Moments{a.count + b.count, a.mean + b.mean, a.m2 + b.m2} : merged(a, b));
  }
  Moments node(int i) const noexcept { return {counts_[i], means_[i], m2s_[i]}; }
  void set(int i, const Moments& m) noexcept {
    counts_[i] = m.count;
    means_[i] = m.mean;
    m2s_[i] = m.m2;
  }

  // Not initialised: most counters are short.
  std::int64_t counts_[counter_levels];
  double means_[counter_levels], m2s_[counter_levels];
  bool sums_;
  int top_ = 0;
  std::int64_t pushes_ = 0;
};

// The same for `width` channels at once. A node is 2 * width doubles: means, then M2s.
class ChannelsCounter {
 public:
  // Doubles needed for up to `pushes` nodes.
  static std::int64_t doubles(std::int64_t pushes, std::int64_t width) noexcept {
    std::int64_t nodes = 2;
    for (; pushes > 1; pushes = (pushes + 1) / 2) ++nodes;
    return nodes * 2 * width;
  }

  ChannelsCounter(const MomentsKernels& kernels, double* memory, std::int64_t width) noexcept
      : kernels_(kernels), memory_(memory), width_(width) {}

  // Where the next node's means go; push() it then.
  double* next() noexcept { return node(top_); }
  void push(std::int64_t count) noexcept {
    counts_[top_++] = count;
    for (std::int64_t carry = pushes_++; carry & 1; carry >>= 1) merge_top();
  }
  // The node of all; at least one was pushed.
  const double* total() noexcept {
    while (top_ > 1) merge_top();
    return memory_;
  }

 private:
  double* node(int i) const noexcept { return memory_ + i * 2 * width_; }
  void merge_top() noexcept {
    --top_;
    double *const a = node(top_ - 1), *const b = node(top_);
    const double share =
        static_cast<double>(counts_[top_]) / static_cast<double>(counts_[top_ - 1] + counts_[top_]);
    kernels_.merge({a, a + width_, b, b + width_, share, static_cast<double>(counts_[top_ - 1]) * share, width_});
    counts_[top_ - 1] += counts_[top_];
  }

  const MomentsKernels& kernels_;
  double* memory_;
  std::int64_t width_;
  std::int64_t counts_[counter_levels];
  int top_ = 0;
  std::int64_t pushes_ = 0;
};

}  // namespace poolnorm
