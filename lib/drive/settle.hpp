// From moments to the numbers that a norm needs, saves and remembers.
#pragma once

#include <algorithm>
#include <cmath>

#include <poolnorm/moments.hpp>

#include "drive/numbers.hpp"

namespace poolnorm {

// Statistics of some channels, an array for each number: compilers make vectors of such loops.
struct Statistics {
  std::int64_t size = 0;
  double count[numbers_block], mean[numbers_block], m2[numbers_block], invstd[numbers_block];

  Statistics() noexcept {}  // arrays are not initialised
  Statistics(const Moments& m, double epsilon) noexcept {
    push(m);
    settle(epsilon);
  }
  void push(const Moments& m) noexcept {
    count[size] = static_cast<double>(m.count);
    mean[size] = m.mean;
    m2[size++] = m.m2;
  }
  // Channels of so many elements each.
  void take(std::int64_t elements, const double* means, const double* m2s, std::int64_t channels) noexcept {
    size = channels;
    std::fill_n(count, channels, static_cast<double>(elements));
    std::copy_n(means, channels, mean);
    std::copy_n(m2s, channels, m2);
  }
  void settle(double epsilon) noexcept {
    for (std::int64_t i = 0; i < size; ++i) invstd[i] = 1.0 / std::sqrt(m2[i] / count[i] + epsilon);
  }
  // What is lost of the means when they are rounded.
  void lows(bool wide, double* low) const noexcept {
    rounded(mean, size, wide, low);
    for (std::int64_t i = 0; i < size; ++i) low[i] = mean[i] - low[i];
  }
};

// Statistics as a run saves them; null where they are not wanted.
struct SavedStatistics {
  MutableNumbers mean, mean_low, invstd;

  void save(std::int64_t at, const Statistics& s) const noexcept {
    if (mean) mean.write(at, s.size, s.mean);
    if (invstd) invstd.write(at, s.size, s.invstd);
    if (!mean_low) return;
    double low[numbers_block];
    s.lows(mean_low.wide(), low);
    mean_low.write(at, s.size, low);
  }
};

// running = (1 - momentum) * running + momentum * now; null where it is not wanted.
struct RunningStatistics {
  MutableNumbers mean, variance;
  double momentum;
  bool unbiased;

  void remember(std::int64_t at, const Statistics& s) const noexcept {
    if (mean) blend(mean, at, s.size, s.mean);
    if (!variance) return;
    const double less = unbiased ? 1.0 : 0.0;
    double now[numbers_block];
    for (std::int64_t i = 0; i < s.size; ++i) now[i] = s.m2[i] / (s.count[i] - less);
    blend(variance, at, s.size, now);
  }

 private:
  void blend(const MutableNumbers& old, std::int64_t at, std::int64_t count, const double* now) const noexcept {
    double next[numbers_block];
    old.read(at, count, next);
    for (std::int64_t i = 0; i < count; ++i) next[i] = (1.0 - momentum) * next[i] + momentum * now[i];
    old.write(at, count, next);
  }
};

}  // namespace poolnorm
