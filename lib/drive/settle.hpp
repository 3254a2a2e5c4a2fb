// From moments to the numbers that a norm needs, saves and remembers.
#pragma once

#include <cmath>

#include <poolnorm/moments.hpp>

#include "drive/numbers.hpp"

namespace poolnorm {

inline double invstd_of(const Moments& m, double epsilon) noexcept { return 1.0 / std::sqrt(m.variance() + epsilon); }

// Statistics as a run saves them; null where they are not wanted.
struct SavedStatistics {
  MutableNumbers mean, mean_low, invstd;

  void save(std::int64_t at, const Moments& m, double inverse) const noexcept {
    if (mean) mean.set(at, m.mean);
    if (mean_low) mean_low.set(at, m.mean - mean_low.rounded(m.mean));
    if (invstd) invstd.set(at, inverse);
  }
};

// running = (1 - momentum) * running + momentum * now; null where it is not wanted.
struct RunningStatistics {
  MutableNumbers mean, variance;
  double momentum;
  bool unbiased;

  void remember(std::int64_t at, const Moments& m) const noexcept {
    if (mean) blend(mean, at, m.mean);
    if (variance) blend(variance, at, unbiased ? m.m2 / static_cast<double>(m.count - 1) : m.variance());
  }

 private:
  void blend(const MutableNumbers& old, std::int64_t at, double now) const noexcept {
    old.set(at, (1.0 - momentum) * old[at] + momentum * now);
  }
};

}  // namespace poolnorm
