// From moments to the numbers that a norm needs, saves and remembers.
#pragma once

#include <cmath>

#include <poolnorm/moments.hpp>

namespace poolnorm {

// A number as two floats: the nearest one, and what it leaves.
inline void split(double value, float& high, float& low) noexcept {
  high = static_cast<float>(value);
  low = static_cast<float>(value - static_cast<double>(high));
}

inline double invstd_of(const Moments& m, double epsilon) noexcept { return 1.0 / std::sqrt(m.variance() + epsilon); }

// Statistics as a run saves them; null where they are not wanted.
struct SavedStatistics {
  float *mean, *mean_low, *invstd;

  void save(std::int64_t at, const Moments& m, double inverse) const noexcept {
    float high, low;
    split(m.mean, high, low);
    if (mean != nullptr) mean[at] = high;
    if (mean_low != nullptr) mean_low[at] = low;
    if (invstd != nullptr) invstd[at] = static_cast<float>(inverse);
  }
};

// running = (1 - momentum) * running + momentum * now; null where it is not wanted.
struct RunningStatistics {
  float *mean, *variance;
  double momentum;
  bool unbiased;

  void remember(std::int64_t at, const Moments& m) const noexcept {
    if (mean != nullptr) blend(mean[at], m.mean);
    if (variance != nullptr) blend(variance[at], unbiased ? m.m2 / static_cast<double>(m.count - 1) : m.variance());
  }

 private:
  void blend(float& old, double now) const noexcept {
    old = static_cast<float>((1.0 - momentum) * static_cast<double>(old) + momentum * now);
  }
};

}  // namespace poolnorm
