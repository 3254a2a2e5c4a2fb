// The rounds of gradients of norms over channels, but for where the gradient behind the mask comes from.
#pragma once

#include <cmath>

#include "drive/channel_gradient_drive.hpp"

namespace poolnorm {

template <class Norm>
class GradientRounds : public ChannelRounds<Norm> {
 public:
  GradientRounds(const ChannelNormPlanData& plan, const ChannelGradientRun& run, int workers, char* workspace) noexcept
      : ChannelRounds<Norm>(plan, workers, workspace), run_(run) {
    for (std::int64_t set = 0; set < p_.sets; ++set) {
      double* const centres = this->centres_of(set);
      for (std::int64_t c = 0; c < p_.channels; ++c) {
        const std::int64_t at = group_of(set, c);
        centres[c] = run_.mean[at] + low(at);
      }
    }
  }

  // In inference only the parameters' gradients need sums, but the gradient goes behind the mask on the way to them.
  bool sums() const noexcept {
    return p_.training || run_.grad_gamma || run_.grad_beta || p_.behind_mask != slot_residual;
  }
  bool writes() const noexcept { return true; }
  AffineKernel kernel() const noexcept { return p_.gradients->input; }

  SumsSource source(std::int64_t set, std::int64_t c) const noexcept {
    const std::int64_t image = set * p_.images;
    const auto offset = [&](Slot t) { return image * p_.image.step[t] + c * p_.channel.step[t]; };
    return {p_.data,
            p_.data.at(run_.src, offset(slot_src)),
            p_.data.at(gradient(), offset(p_.behind_mask)),
            this->centres_of(set) + c,
            {}};
  }

  void settle(std::int64_t set, std::int64_t begin, std::int64_t end) const noexcept {
    if (p_.group == 1) {
      for (std::int64_t c = begin; c < end; c += numbers_block) settle_channels(set, c, std::min(numbers_block, end - c));
      return;
    }
    const double *const g = this->sums_of(set), *const gd = g + p_.channels;
    const double count = static_cast<double>(p_.population.elements() * p_.group);
    const ChannelParameters out = this->parameters_of(set);
    for (std::int64_t first = begin; first < end; first += p_.group) {
      const std::int64_t at = group_of(set, first);
      const double invstd = invstd_of(at);
      MomentsCounter group(true);
      for (std::int64_t c = first; c < first + p_.group; ++c) {
        if (p_.training) group.push({1, gamma(c) * g[c], gamma(c) * gd[c]});
        out.mean.set(c, run_.mean[at]);
        out.mean_low.set(c, low(at));
        out.scale.set(c, gamma(c) * invstd);
        if (p_.sets == 1 && sums()) write_parameters(c, g[c], gd[c] * invstd);
      }
      if (!p_.training) continue;
      const Moments sums = group.total();
      const double c1 = invstd * (sums.mean / count), c2 = invstd * invstd * invstd * (sums.m2 / count);
      for (std::int64_t c = first; c < first + p_.group; ++c) {
        out.shift.set(c, c1);
        out.slope.set(c, c2);
      }
    }
  }

  // Parameters that several sets share: images by the tree.
  void join_sets() const noexcept {
    if (p_.sets == 1 || (!run_.grad_gamma && !run_.grad_beta)) return;
    for (std::int64_t c = 0; c < p_.channels; ++c) {
      MomentsCounter counter(true);
      for (std::int64_t set = 0; set < p_.sets; ++set) {
        const double* const g = this->sums_of(set);
        counter.push({1, g[c], g[p_.channels + c] * invstd_of(group_of(set, c))});
      }
      const Moments sums = counter.total();
      write_parameters(c, sums.mean, sums.m2);
    }
  }

  Span span(std::int64_t set, std::int64_t image, std::int64_t c) const noexcept {
    AffineArgs a = p_.args;
    a.src = run_.src;
    a.residual = gradient();
    a.dst = run_.grad_src;
    a.stream = p_.stream && gradient() != run_.grad_src;
    Span s(p_, a, slot_src, p_.behind_mask, slot_dst);
    s.move(set * p_.images + image, c);
    ChannelParameters parameters = this->parameters_of(set);
    if (!p_.training) parameters.slope = {};
    s.parameters(parameters, c);
    return s;
  }

 protected:
  using ChannelRounds<Norm>::p_;
  const ChannelGradientRun& run_;

  // Behind the mask.
  const void* gradient() const noexcept {
    return p_.behind_mask == slot_gate  ? run_.grad_residual
           : p_.behind_mask == slot_dst ? run_.grad_src
                                        : run_.grad_dst;
  }

  // Elements [begin, end) of a set behind the mask, from `from`, a tensor of slot `slot`.
  void mask(std::int64_t set, std::int64_t begin, std::int64_t end, std::int64_t c, std::int64_t width,
            const void* from, Slot slot) const noexcept {
    AffineArgs a = {};
    a.src = from;
    a.dst = p_.has_gate ? run_.grad_residual : run_.grad_src;
    a.mask = const_cast<std::uint8_t*>(run_.mask);  // read only
    Span whole(p_, a, slot, slot, p_.behind_mask);
    if (p_.channels_last) {
      whole.move(set * p_.images, c);
      whole.run(p_.gradients->masked, begin, end, width);
      return;
    }
    for (std::int64_t at = begin; at < end;) {
      const std::int64_t image = at / p_.spatial, stop = std::min(end, (image + 1) * p_.spatial);
      Span plane = whole;
      plane.move(set * p_.images + image, c);
      plane.run(p_.gradients->masked, at - image * p_.spatial, stop - image * p_.spatial, width);
      at = stop;
    }
  }

 private:
  // The same where each channel is its own group: loops that compilers make vectors of.
  void settle_channels(std::int64_t set, std::int64_t first, std::int64_t size) const noexcept {
    const double *const g = this->sums_of(set) + first, *const gd = g + p_.channels;
    const double count = static_cast<double>(p_.population.elements());
    const std::int64_t at = set * p_.channels + first;
    const ChannelParameters out = this->parameters_of(set);
    double mean[numbers_block], low[numbers_block], invstd[numbers_block], gamma[numbers_block];
    const auto read = [&](const Numbers& from, std::int64_t begin, double otherwise, double* to) {
      from ? from.read(begin, size, to) : void(std::fill_n(to, size, otherwise));
    };
    read(run_.mean, at, 0.0, mean);
    read(run_.mean_low, at, 0.0, low);
    read(run_.gamma, first, 1.0, gamma);
    if (p_.training) {
      run_.invstd.read(at, size, invstd);
    } else {
      run_.variance.read(at, size, invstd);
      for (std::int64_t i = 0; i < size; ++i) invstd[i] = 1.0 / std::sqrt(invstd[i] + p_.epsilon);
    }
    out.mean.write(first, size, mean);
    out.mean_low.write(first, size, low);
    double scale[numbers_block], first_of[numbers_block], second_of[numbers_block];
    for (std::int64_t i = 0; i < size; ++i) scale[i] = gamma[i] * invstd[i];
    out.scale.write(first, size, scale);
    if (p_.sets == 1 && sums()) {
      for (std::int64_t i = 0; i < size; ++i) scale[i] = gd[i] * invstd[i];
      if (run_.grad_beta) run_.grad_beta.write(first, size, g);
      if (run_.grad_gamma) run_.grad_gamma.write(first, size, scale);
    }
    if (!p_.training) return;
    for (std::int64_t i = 0; i < size; ++i) {
      first_of[i] = invstd[i] * (gamma[i] * g[i] / count);
      second_of[i] = invstd[i] * invstd[i] * invstd[i] * (gamma[i] * gd[i] / count);
    }
    out.shift.write(first, size, first_of);
    out.slope.write(first, size, second_of);
  }

  std::int64_t group_of(std::int64_t set, std::int64_t c) const noexcept { return set * p_.groups() + c / p_.group; }
  double gamma(std::int64_t c) const noexcept { return run_.gamma ? run_.gamma[c] : 1.0; }
  double low(std::int64_t group) const noexcept { return run_.mean_low ? run_.mean_low[group] : 0.0; }
  double invstd_of(std::int64_t group) const noexcept {
    return p_.training ? run_.invstd[group] : 1.0 / std::sqrt(run_.variance[group] + p_.epsilon);
  }
  void write_parameters(std::int64_t c, double beta, double gamma) const noexcept {
    if (run_.grad_beta) run_.grad_beta.set(c, beta);
    if (run_.grad_gamma) run_.grad_gamma.set(c, gamma);
  }
};

}  // namespace poolnorm
