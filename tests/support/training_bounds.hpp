// The bounds that norms with statistics state, against the truth in double-double.
#pragma once

#include "doctest.hpp"

#include <algorithm>
#include <cmath>

#include "reference_moments.hpp"
#include "training.hpp"

namespace poolnorm::tests {

using reference::Wide;

inline double ulp(double x) {
  const double magnitude = std::fabs(x);
  if (magnitude < 0x1p-126) return 0x1p-149;
  return std::ldexp(1.0, std::ilogb(magnitude) - 23);
}

inline double distance(float got, Wide exact) { return std::fabs((Wide(static_cast<double>(got)) - exact).value()); }

// u (5 |gamma (x - mean) invstd| + |beta|) + 2^-148
inline double bound(Wide exact, double beta) {
  return 0x1p-24 * (5 * std::fabs((exact - Wide(beta)).value()) + std::fabs(beta)) + 0x1p-148;
}

// Mean, invstd, y, and running_variance, which must be the batch's: momentum 1, biased.
inline void check_bounds(const TrainingCase& c, const TrainingResult& got, std::int64_t channel) {
  const std::vector<float> values = reference::channel_values(c.x, channel);
  const auto i = static_cast<std::size_t>(channel);
  const reference::Truth truth = reference::truth(values);
  double magnitude = 0;
  for (float v : values) magnitude += std::fabs(static_cast<double>(v)) / static_cast<double>(values.size());
  CHECK(distance(got.saved_mean[i], truth.mean) <= 0.5 * ulp(truth.mean.value()) + 0x1p-44 * magnitude);
  const Wide invstd = Wide(1.0) / sqrt(truth.variance + Wide(static_cast<double>(c.desc.epsilon)));
  CHECK(distance(got.saved_invstd[i], invstd) <= 0.5000001 * ulp(invstd.value()));
  if (truth.variance.value() < 3.4e38) {
    CHECK(distance(got.running_variance[i], truth.variance) <= 0.5000001 * ulp(truth.variance.value()));
  } else {
    CHECK(std::isinf(got.running_variance[i]));
  }
  const std::vector<float> y = reference::channel_values(got.y, channel);
  double worst = 0;
  for (std::size_t e = 0; e < values.size(); ++e) {
    const Wide beta(static_cast<double>(c.beta[i])), gamma(static_cast<double>(c.gamma[i]));
    const Wide exact = gamma * (Wide(static_cast<double>(values[e])) - truth.mean) * invstd + beta;
    worst = std::max(worst, distance(y[e], exact) / bound(exact, beta.value()));
  }
  CHECK(worst <= 1);
}

}  // namespace poolnorm::tests
