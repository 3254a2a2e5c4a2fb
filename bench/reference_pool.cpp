#include <cmath>
#include <limits>
#include <vector>

#include "reference.hpp"

namespace bench {
namespace {

// Three axes, whatever the rank: a missing one has a single window on a single input.
class Pool : public Reference {
 public:
  Pool(const Layer& layer, std::int64_t batch, const NormParameters& parameters) : layer_(layer) {
    if (layer.norm) norm_ = make_norm_reference(norm_of(layer), batch, parameters);
    const std::size_t missing = 3 - layer.spatial.size();
    for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) {
      axes_[missing + axis] = windows(layer, axis);
      in_[missing + axis] = layer.spatial[axis];
      if (!layer.kernel.empty()) nominal_ *= layer.kernel[axis];
    }
  }

  Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const override {
    const std::int64_t h = out(1), w = out(2);
    Expected result = window(image, channel, s / (h * w), s / w % h, s % w);
    if (layer_.is_lp() && layer_.is_sum()) result.value = std::pow(result.value, 1 / layer_.p);
    if (layer_.is_average()) result.value = quotient(result.value / divisor(s / (h * w), s / w % h, s % w));
    return result;
  }

  double cost() const override { return mean_taps(); }

 protected:
  std::int64_t out(std::size_t axis) const { return static_cast<std::int64_t>(axes_[axis].size()); }
  std::int64_t in(std::size_t axis) const { return in_[axis]; }
  const AxisWindow& at_axis(std::size_t axis, std::int64_t i) const { return axes_[axis][static_cast<std::size_t>(i)]; }
  const Layer& layer() const { return layer_; }

  // The sum (of powers), or the maximum or minimum with the index of its first place.
  Expected window(std::int64_t image, std::int64_t channel, std::int64_t d, std::int64_t h, std::int64_t w) const {
    const AxisWindow &wd = at_axis(0, d), &wh = at_axis(1, h), &ww = at_axis(2, w);
    const std::int64_t plane = (image * layer_.channels + channel) * in_[0] * in_[1] * in_[2];
    const bool least = layer_.kind == LayerKind::min;
    double sum = 0, extreme = std::numeric_limits<double>::infinity() * (least ? 1 : -1), second = extreme;
    std::int64_t place = -1;
    for (std::int64_t i = 0; i < wd.inside; ++i)
      for (std::int64_t j = 0; j < wh.inside; ++j)
        for (std::int64_t k = 0; k < ww.inside; ++k) {
          const std::int64_t row = (wd.first + i * wd.step) * in_[1] + wh.first + j * wh.step;
          const std::int64_t index = row * in_[2] + ww.first + k * ww.step;
          double x = norm_ ? norm_->at(image, channel, index).value : input_value(layer_, plane + index);
          if (layer_.is_lp()) x = std::abs(x);
          sum += layer_.is_lp() ? std::pow(x, layer_.p) : x;
          if (least ? x >= extreme : x <= extreme) {
            second = x == extreme || x <= second ? second : x;
            continue;
          }
          second = extreme;
          extreme = x;
          place = layer_.indices == poolnorm::IndexType::u8
                      ? ((i + wd.skipped) * wh.taps + j + wh.skipped) * ww.taps + k + ww.skipped
                      : index;
        }
    return layer_.is_sum() ? Expected{sum} : Expected{extreme, place, !norm_ || extreme - second > near};
  }

  double divisor(std::int64_t d, std::int64_t h, std::int64_t w) const {
    const AxisWindow &wd = at_axis(0, d), &wh = at_axis(1, h), &ww = at_axis(2, w);
    std::int64_t taps = wd.padded * wh.padded * ww.padded;
    if (layer_.divisor == poolnorm::Divisor::valid) taps = wd.inside * wh.inside * ww.inside;
    if (layer_.divisor == poolnorm::Divisor::full_kernel) taps = nominal_;
    return static_cast<double>(taps);
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
  // Of integers: the nearest, halves to even.
  double quotient(double exact) const {
    const bool integers = layer_.type == poolnorm::ElementType::s8 || layer_.type == poolnorm::ElementType::u8;
    return integers ? std::nearbyint(exact) : exact;
  }

  const Layer& layer_;
  std::unique_ptr<Reference> norm_;
  std::vector<AxisWindow> axes_[3] = {{{0, 1, 1, 1, 0, 1}}, {{0, 1, 1, 1, 0, 1}}, {{0, 1, 1, 1, 0, 1}}};
  std::int64_t in_[3] = {1, 1, 1};
  std::int64_t nominal_ = 1;
};

// The gradient of an element: over all windows that see it.
class PoolBackward : public Pool {
 public:
  PoolBackward(const Layer& layer, std::int64_t batch, const NormParameters& parameters)
      : Pool(layer, batch, parameters) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
      seen_[axis].resize(static_cast<std::size_t>(in(axis)));
      for (std::int64_t o = 0; o < out(axis); ++o) {
        const AxisWindow& window = at_axis(axis, o);
        for (std::int64_t tap = 0; tap < window.inside; ++tap)
          seen_[axis][static_cast<std::size_t>(window.first + tap * window.step)].push_back({o, tap + window.skipped});
      }
    }
  }

  Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const override {
    const std::int64_t plane = out(0) * out(1) * out(2), first = (image * layer().channels + channel) * plane;
    double sum = 0;
    bool decided = true;
    for (const Seen& d : seen_[0][static_cast<std::size_t>(s / (in(1) * in(2)))])
      for (const Seen& h : seen_[1][static_cast<std::size_t>(s / in(2) % in(1))])
        for (const Seen& w : seen_[2][static_cast<std::size_t>(s % in(2))]) {
          const double g = gradient_value(layer(), first + (d.window * out(1) + h.window) * out(2) + w.window);
          if (layer().is_lp()) {
            const double x = input_value(layer(), (image * layer().channels + channel) * in(0) * in(1) * in(2) + s);
            const double y = Pool::at(image, channel, (d.window * out(1) + h.window) * out(2) + w.window).value;
            if (x != 0) sum += g * std::copysign(std::pow(std::abs(x) / y, layer().p - 1), x);
            continue;
          }
          if (layer().is_average()) {
            sum += g / divisor(d.window, h.window, w.window);
            continue;
          }
          const std::int64_t tap = (d.tap * at_axis(1, h.window).taps + h.tap) * at_axis(2, w.window).taps + w.tap;
          const std::int64_t here = layer().indices == poolnorm::IndexType::u8 ? tap : s;
          const Expected maximum = window(image, channel, d.window, h.window, w.window);
          decided = decided && maximum.decided;
          if (maximum.index == here) sum += g;
        }
    return {sum, -1, decided};
  }

  double cost() const override {
    double windows = 1;
    for (std::size_t axis = 0; axis < 3; ++axis)
      windows *= static_cast<double>(out(axis)) / static_cast<double>(in(axis));
    return windows * mean_taps() * (layer().is_average() ? 1 : mean_taps());
  }

 private:
  struct Seen {
    std::int64_t window, tap;
  };
  std::vector<std::vector<Seen>> seen_[3];
};

// What comes to a norm in training from the pool behind it, through the activation.
class ThroughActivation : public Reference {
 public:
  ThroughActivation(const Layer& layer, std::int64_t batch, const NormParameters& parameters)
      : pool_(layer, batch, parameters), has_mask_(layer.has_mask()) {
    Layer norm = norm_of(layer);
    norm.activation = {};
    norm_ = make_norm_reference(norm, batch, parameters);
  }

  Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const override {
    Expected gradient = pool_.at(image, channel, s);
    if (!has_mask_) return gradient;
    const double x = norm_->at(image, channel, s).value;
    if (x <= 0) gradient.value = 0;
    gradient.decided = gradient.decided && std::abs(x) > near;
    return gradient;
  }
  double cost() const override { return pool_.cost(); }

 private:
  PoolBackward pool_;
  std::unique_ptr<Reference> norm_;
  bool has_mask_;
};

// A cascade, slice by slice.
class Slices : public Reference {
 public:
  Slices(const Layer& layer, const NormParameters& parameters) : channels_(layer.channels), layers_(slices(layer)) {
    for (const Layer& slice : layers_) pools_.push_back(std::make_unique<Pool>(slice, 1, parameters));
  }

  Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const override {
    return pools_[static_cast<std::size_t>(channel / channels_)]->at(image, channel % channels_, s);
  }
  double cost() const override { return pools_.back()->cost(); }

 private:
  std::int64_t channels_;
  std::vector<Layer> layers_;
  std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace

std::unique_ptr<Reference> make_pool_reference(const Layer& layer, std::int64_t batch,
                                               const NormParameters& parameters) {
  if (layer.has_slices()) return std::make_unique<Slices>(layer, parameters);
  if (layer.training && layer.backward) {
    Layer norm = norm_of(layer);
    norm.backward = true;
    return make_norm_reference(norm, batch, parameters, std::make_unique<ThroughActivation>(layer, batch, parameters));
  }
  if (layer.backward) return std::make_unique<PoolBackward>(layer, batch, parameters);
  return std::make_unique<Pool>(layer, batch, parameters);
}

}  // namespace bench
