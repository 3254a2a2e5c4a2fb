#include "expectation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

namespace bench {
namespace {

double activate(const poolnorm::Activation& activation, double x) {
  switch (activation.kind) {
    case poolnorm::ActivationKind::none: return x;
    case poolnorm::ActivationKind::relu: return std::max(x, 0.0);
    case poolnorm::ActivationKind::clamp:
      return std::clamp(x, static_cast<double>(activation.lo), static_cast<double>(activation.hi));
    case poolnorm::ActivationKind::leaky_relu: return x < 0 ? x * static_cast<double>(activation.slope) : x;
    case poolnorm::ActivationKind::hard_swish: return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case poolnorm::ActivationKind::hard_sigmoid: return std::clamp(x + 3, 0.0, 6.0) / 6;
  }
  return x;
}

// Mean and variance of every group that shares them, from plain sums over the whole input.
class Statistics {
 public:
  Statistics(const Layer& layer, std::int64_t batch) : layer_(layer) {
    if (!layer.has_statistics()) return;
    const std::int64_t all = batch * layer.channels * layer.plane();
    const std::size_t sets = static_cast<std::size_t>(set_of(all - 1) + 1);
    mean_.resize(sets);
    variance_.resize(sets);
    const double count = static_cast<double>(all) / static_cast<double>(sets);
    for (std::int64_t i = 0; i < all; ++i) mean_[at(i)] += static_cast<double>(input_value(layer, i)) / count;
    for (std::int64_t i = 0; i < all; ++i) {
      const double d = static_cast<double>(input_value(layer, i)) - mean_[at(i)];
      variance_[at(i)] += d * d / count;
    }
  }
  double mean(std::int64_t index) const { return mean_[at(index)]; }
  double variance(std::int64_t index) const { return variance_[at(index)]; }

 private:
  std::int64_t set_of(std::int64_t index) const {
    const std::int64_t image = index / layer_.plane() / layer_.channels, channel = index / layer_.plane() % layer_.channels;
    if (layer_.kind == LayerKind::batch_norm_training) return channel;
    return image * layer_.groups + channel / (layer_.channels / layer_.groups);
  }
  std::size_t at(std::int64_t index) const { return static_cast<std::size_t>(set_of(index)); }

  const Layer& layer_;
  std::vector<double> mean_, variance_;
};

// `index` is the logical position of the element in the input.
double normalised_with(const Layer& layer, const NormParameters& p, const Statistics& statistics, std::int64_t channel,
                       std::int64_t index) {
  const std::size_t c = static_cast<std::size_t>(channel);
  const double a = static_cast<double>(p.gamma[c]) / std::sqrt(statistics.variance(index) + static_cast<double>(epsilon));
  double y = (static_cast<double>(input_value(layer, index)) - statistics.mean(index)) * a + static_cast<double>(p.beta[c]);
  if (layer.residual) y += static_cast<double>(residual_value(layer, index));
  return activate(layer.activation, y);
}

double normalised(const Layer& layer, const NormParameters& p, std::int64_t channel, std::int64_t index) {
  const std::size_t c = static_cast<std::size_t>(channel);
  const double a = static_cast<double>(p.gamma[c]) /
                   std::sqrt(static_cast<double>(p.variance[c]) + static_cast<double>(epsilon));
  double y = (static_cast<double>(input_value(layer, index)) - static_cast<double>(p.mean[c])) * a +
             static_cast<double>(p.beta[c]);
  if (layer.residual) y += static_cast<double>(residual_value(layer, index));
  return activate(layer.activation, y);
}

class PoolReference {
 public:
  PoolReference(const Layer& layer, const NormParameters& parameters) : layer_(layer), parameters_(parameters) {
    // Three axes, whatever the rank: a missing one has a single window on a single input.
    const std::size_t missing = 3 - layer.spatial.size();
    for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) {
      axes_[missing + axis] = windows(layer, axis);
      in_[missing + axis] = layer.spatial[axis];
      if (!layer.kernel.empty()) nominal_ *= layer.kernel[axis];
    }
  }

  std::int64_t out(std::size_t axis) const { return static_cast<std::int64_t>(axes_[axis].size()); }

  // The output at (d, h, w) of a plane of `channel` whose first input element is `plane`.
  double operator()(std::int64_t channel, std::int64_t plane, std::int64_t d, std::int64_t h, std::int64_t w) const {
    const AxisWindow& wd = axes_[0][static_cast<std::size_t>(d)];
    const AxisWindow& wh = axes_[1][static_cast<std::size_t>(h)];
    const AxisWindow& ww = axes_[2][static_cast<std::size_t>(w)];
    const double infinity = std::numeric_limits<double>::infinity();
    double sum = 0, largest = -infinity, smallest = infinity;
    for (std::int64_t i = 0; i < wd.inside; ++i)
      for (std::int64_t j = 0; j < wh.inside; ++j)
        for (std::int64_t k = 0; k < ww.inside; ++k) {
          const std::int64_t row = (wd.first + i * wd.step) * in_[1] + wh.first + j * wh.step;
          const std::int64_t index = plane + row * in_[2] + ww.first + k * ww.step;
          const double x = layer_.norm ? normalised(layer_, parameters_, channel, index)
                                       : static_cast<double>(input_value(layer_, index));
          sum += x;
          largest = std::max(largest, x);
          smallest = std::min(smallest, x);
        }
    if (!layer_.is_average()) return layer_.kind == LayerKind::min ? smallest : largest;
    std::int64_t divisor = wd.padded * wh.padded * ww.padded;
    if (layer_.divisor == poolnorm::Divisor::valid) divisor = wd.inside * wh.inside * ww.inside;
    if (layer_.divisor == poolnorm::Divisor::full_kernel) divisor = nominal_;
    return sum / static_cast<double>(divisor);
  }

  double mean_taps() const {
    double taps = 1;
    for (const std::vector<AxisWindow>& axis : axes_) {
      double inside = 0;
      for (const AxisWindow& window : axis) inside += static_cast<double>(window.inside);
      taps *= inside / static_cast<double>(axis.size());
    }
    return taps;
  }

 private:
  const Layer& layer_;
  const NormParameters& parameters_;
  std::vector<AxisWindow> axes_[3] = {{{0, 1, 1, 1}}, {{0, 1, 1, 1}}, {{0, 1, 1, 1}}};
  std::int64_t in_[3] = {1, 1, 1};
  std::int64_t nominal_ = 1;
};

// All positions of a small output. Of a large one: the planes of the first and the last channel of the
// first and the last image as far as they fit, the very ends, and random positions.
std::vector<std::int64_t> positions(std::int64_t batch, std::int64_t channels, std::int64_t plane, std::int64_t most) {
  const std::int64_t all = batch * channels * plane;
  std::vector<std::int64_t> chosen;
  if (all <= most) {
    for (std::int64_t i = 0; i < all; ++i) chosen.push_back(i);
    return chosen;
  }
  const std::int64_t part = std::min(plane, most / 8);
  for (const std::int64_t first : {std::int64_t{0}, channels * plane - part, all - channels * plane, all - part})
    for (std::int64_t i = 0; i < part; ++i) chosen.push_back(first + i);
  std::mt19937_64 random(1);
  for (std::int64_t i = 0; i < most / 2; ++i)
    chosen.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(all)));
  return chosen;
}

}  // namespace

Expectation::Expectation(const Layer& layer, std::int64_t batch, const NormParameters& parameters) {
  const std::int64_t channels = layer.channels, in_plane = layer.plane();
  const PoolReference pool(layer, parameters);
  const Statistics statistics(layer, batch);
  const std::int64_t out_h = pool.out(1), out_w = pool.out(2), plane = pool.out(0) * out_h * out_w;
  const std::int64_t most = std::clamp(static_cast<std::int64_t>(2e6 / pool.mean_taps()), std::int64_t{256}, std::int64_t{40000});
  // Maxima and minima are exact; the rest is a handful of roundings of values of order one.
  tolerance_ = layer.has_norm() || layer.is_average() ? 1e-5 : 0;
  // oneDNN adds statistics up in f32.
  peer_tolerance_ = layer.kind == LayerKind::batch_norm_training ? 2e-4 : tolerance_;
  for (const std::int64_t index : positions(batch, channels, plane, most)) {
    const std::int64_t n = index / (channels * plane), c = index / plane % channels, s = index % plane;
    const double expected =
        layer.has_statistics() ? normalised_with(layer, parameters, statistics, c, index)
        : layer.is_norm()      ? normalised(layer, parameters, c, index)
                        : pool(c, (n * channels + c) * in_plane, s / (out_h * out_w), s / out_w % out_h, s % out_w);
    samples_.push_back({index, (n * plane + s) * channels + c, expected});
  }
}

std::string Expectation::difference_of_peer(const float* dst, Layout layout) const {
  return difference(dst, layout, peer_tolerance_);
}

std::string Expectation::difference(const float* dst, Layout layout, double tolerance) const {
  for (const Sample& sample : samples_) {
    const double got = static_cast<double>(dst[offset(sample, layout)]);
    if (std::abs(got - sample.expected) <= tolerance * std::max(1.0, std::abs(sample.expected))) continue;
    char text[160];
    std::snprintf(text, sizeof text, "wrong result: element %lld is %.9g, expected %.9g",
                  static_cast<long long>(sample.nchw), got, sample.expected);
    return text;
  }
  return {};
}

std::string Expectation::difference_in_bits(const float* dst, Layout layout) {
  std::string found = difference(dst, layout, tolerance_);
  if (!found.empty()) return found;
  std::vector<float> got;
  for (const Sample& sample : samples_) got.push_back(dst[offset(sample, layout)]);
  if (first_.empty()) first_ = got;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::memcmp(&got[i], &first_[i], sizeof(float)) == 0) continue;
    char text[160];
    std::snprintf(text, sizeof text, "other bits than in the first row of this layer: element %lld is %.9g, was %.9g",
                  static_cast<long long>(samples_[i].nchw), static_cast<double>(got[i]), static_cast<double>(first_[i]));
    return text;
  }
  return {};
}

}  // namespace bench
