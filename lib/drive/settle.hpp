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

// (1 - momentum) * running + momentum * now
inline void remember(float& running, double now, double momentum) noexcept {
  running = static_cast<float>((1.0 - momentum) * static_cast<double>(running) + momentum * now);
}

}  // namespace poolnorm
