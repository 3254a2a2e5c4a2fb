#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "elements.hpp"
#include "reference.hpp"

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

// The norm of inference, or the excitation, of one value of the input, which stands at `index`.
double normalised(const Layer& layer, const NormParameters& p, std::int64_t channel, std::int64_t index) {
  const std::size_t c = static_cast<std::size_t>(channel);
  // Real numbers of integers.
  const double unit = is_integer(layer.type) ? static_cast<double>(quantization_of(layer.type).scale) : 1;
  const double gamma = static_cast<double>(p.gamma[c]);
  const double a = gamma / std::sqrt(static_cast<double>(p.variance[c]) + static_cast<double>(epsilon));
  const double x = unit * input_value(layer, index);
  double y = layer.kind == LayerKind::excite
                 ? x * gamma
                 : (x - static_cast<double>(p.mean[c])) * a + static_cast<double>(p.beta[c]);
  if (layer.residual) y += unit * residual_value(layer, index);
  y = activate(layer.activation, y);
  if (!is_integer(layer.type)) return y;
  const double lowest = layer.type == poolnorm::ElementType::s8 ? -128 : 0;
  return std::clamp(y / unit, lowest, lowest + 255);
}

// one(index) of the channels that there are from `below` to `above` away.
template <class One>
double sum_channels(const Layer& layer, std::int64_t channel, std::int64_t index, std::int64_t below,
                    std::int64_t above, One one) {
  const std::int64_t first = std::max<std::int64_t>(0, channel - below);
  const std::int64_t last = std::min(layer.channels - 1, channel + above);
  double sum = 0;
  for (std::int64_t c = first; c <= last; ++c) sum += one(c, index + (c - channel) * layer.plane());
  return sum;
}

// PyTorch's window.
double response_base(const Layer& layer, std::int64_t channel, std::int64_t index) {
  const double sum = sum_channels(layer, channel, index, layer.size / 2, (layer.size - 1) / 2,
                                  [&](std::int64_t, std::int64_t i) { return std::pow(input_value(layer, i), 2); });
  return static_cast<double>(response_k) + static_cast<double>(response_alpha) / static_cast<double>(layer.size) * sum;
}

double response(const Layer& layer, std::int64_t channel, std::int64_t index) {
  return input_value(layer, index) / std::pow(response_base(layer, channel, index), static_cast<double>(response_beta));
}

double response_gradient(const Layer& layer, std::int64_t channel, std::int64_t index) {
  const double beta = static_cast<double>(response_beta);
  const double factor = 2 * static_cast<double>(response_alpha) / static_cast<double>(layer.size) * beta;
  const double shares =
      sum_channels(layer, channel, index, (layer.size - 1) / 2, layer.size / 2, [&](std::int64_t c, std::int64_t i) {
        return gradient_value(layer, i) * input_value(layer, i) * std::pow(response_base(layer, c, i), -beta - 1);
      });
  return gradient_value(layer, index) * std::pow(response_base(layer, channel, index), -beta) -
         factor * input_value(layer, index) * shares;
}

// An element's place: its position in the tensor, its channel, and the set that shares statistics.
struct Place {
  std::int64_t image, position, index;
  std::size_t channel, set;
};

class Norm : public Reference {
 public:
  Norm(const Layer& layer, std::int64_t batch, const NormParameters& parameters, std::unique_ptr<Reference> behind)
      : layer_(layer), parameters_(parameters), gradient_(std::move(behind)), sets_(sets(batch)) {
    if (!layer.has_statistics()) return;
    const std::int64_t all = batch * layer.channels * layer.plane();
    count_ = static_cast<double>(all) / static_cast<double>(sets_.size());
    const bool centres = layer.kind != LayerKind::rms_norm;
    if (centres) for_each(batch, [&](Place p) { sets_[p.set].mean += x(p) / count_; });
    for_each(batch, [&](Place p) {
      const double d = x(p) - sets_[p.set].mean;
      sets_[p.set].variance += d * d / count_;
    });
    if (!layer.backward) return;
    for_each(batch, [&](Place p) {  // group and layer norm: their parameters differ within a set
      const double g = gamma(p) * gradient(p).value;
      if (centres) sets_[p.set].gradients += g;
      sets_[p.set].products += g * (x(p) - sets_[p.set].mean);
    });
  }

  Expected at(std::int64_t image, std::int64_t channel, std::int64_t s) const override {
    const Place p = place(image, channel, s);
    if (layer_.is_response())
      return {layer_.backward ? response_gradient(layer_, channel, p.index) : response(layer_, channel, p.index)};
    if (!layer_.has_statistics() && layer_.backward) {
      const double variance = static_cast<double>(parameters_.variance[p.channel]);
      return {gradient_value(layer_, p.index) * gamma(p) / std::sqrt(variance + static_cast<double>(epsilon))};
    }
    if (!layer_.has_statistics()) return {normalised(layer_, parameters_, channel, p.index)};
    const Set& set = sets_[p.set];
    const double invstd = 1 / std::sqrt(set.variance + static_cast<double>(epsilon));
    const double d = x(p) - set.mean;
    if (layer_.backward) {
      const Expected first = gradient(p);  // behind the mask
      const double g = gamma(p) * first.value;
      // Of one element a channel g is its mean, and the variance 0.
      return {invstd * (g - set.gradients / count_ - d * invstd * invstd * set.products / count_), -1, first.decided, invstd * std::abs(g)};
    }
    return {activate(layer_.activation, before_activation(p))};
  }

 private:
  struct Set {
    double mean = 0, variance = 0;
    double gradients = 0, products = 0;  // sums of gamma * gradient, and of that times (x - mean)
  };

  std::vector<Set> sets(std::int64_t batch) const {
    const bool by_channel = layer_.kind == LayerKind::batch_norm_training;
    return std::vector<Set>(static_cast<std::size_t>(by_channel ? layer_.channels : batch * layer_.groups));
  }

  double before_activation(const Place& p) const {
    const Set& set = sets_[p.set];
    const double invstd = 1 / std::sqrt(set.variance + static_cast<double>(epsilon));
    const double y = (x(p) - set.mean) * invstd * gamma(p) + static_cast<double>(parameters_.beta[p.channel]);
    return layer_.residual && !layer_.has_rows() ? y + residual_value(layer_, p.index) : y;
  }
  Expected gradient(const Place& p) const {
    if (gradient_) return gradient_->at(p.image, static_cast<std::int64_t>(p.channel), p.position);
    Expected gradient{gradient_value(layer_, p.index)};
    if (!layer_.has_mask()) return gradient;
    const double y = before_activation(p);
    if (y <= 0) gradient.value = 0;
    gradient.decided = std::abs(y) > near;
    return gradient;
  }

  // Rows have the residual in front, and the sum is rounded to halves.
  double x(const Place& p) const {
    const double x = input_value(layer_, p.index);
    if (!layer_.residual || !layer_.has_rows()) return x;
    const double sum = x + residual_value(layer_, p.index);
    if (poolnorm::size_of(layer_.type) > 2) return sum;
    return with_type(layer_.type, [sum](auto element) { return element.value(element.of(static_cast<float>(sum))); });
  }
  double gamma(const Place& p) const { return static_cast<double>(parameters_.gamma[p.channel]); }

  Place place(std::int64_t image, std::int64_t channel, std::int64_t s) const {
    const std::int64_t set = layer_.kind == LayerKind::batch_norm_training
                                 ? channel
                                 : image * layer_.groups + channel / (layer_.channels / layer_.groups);
    return {image, s, (image * layer_.channels + channel) * layer_.plane() + s, static_cast<std::size_t>(channel),
            static_cast<std::size_t>(set)};
  }

  template <class Function>
  void for_each(std::int64_t batch, Function f) const {
    const std::int64_t plane = layer_.plane();
    for (std::int64_t n = 0; n < batch; ++n)
      for (std::int64_t c = 0; c < layer_.channels; ++c) {
        Place p = place(n, c, 0);
        for (; p.position < plane; ++p.position, ++p.index) f(p);
      }
  }

  const Layer layer_;
  const NormParameters& parameters_;
  const std::unique_ptr<Reference> gradient_;
  std::vector<Set> sets_;
  double count_ = 1;  // elements of a set
};

}  // namespace

std::unique_ptr<Reference> make_norm_reference(const Layer& layer, std::int64_t batch, const NormParameters& parameters,
                                               std::unique_ptr<Reference> gradient) {
  return std::make_unique<Norm>(layer, batch, parameters, std::move(gradient));
}

}  // namespace bench
