#include "api/training_run.hpp"

namespace poolnorm {

Status check_running_statistics(const ChannelNormPlanData& p, const BatchNormTrainingData& d,
                                std::int64_t count) noexcept {
  Status s;
  const std::int64_t c = p.channels;
  if (!(s = check_array(p.data, "running_mean", d.running_mean, c))) return s;
  if (!(s = check_array(p.data, "running_variance", d.running_variance, c))) return s;
  if (!(s = check_array(p.data, "saved_mean", d.saved_mean, c))) return s;
  if (!(s = check_array(p.data, "saved_mean_low", d.saved_mean_low, c))) return s;
  if (!(s = check_array(p.data, "saved_invstd", d.saved_invstd, c))) return s;
  if (d.batches_tracked < 0) {
    return invalid("batches_tracked is %lld, must be >= 0", static_cast<long long>(d.batches_tracked));
  }
  if (p.unbiased && d.running_variance.size != 0 && count == 1) {
    return invalid("running_variance is given, but one value a channel (N * spatial is 1) has no unbiased variance");
  }
  return {};
}

Status check_moments(const Moments* moments, std::int64_t channels) noexcept {
  if (moments == nullptr) return invalid("moments is null");
  const auto count = static_cast<long long>(moments[0].count);
  if (count < 0) return invalid("moments[0].count is %lld, must be >= 0", count);
  for (std::int64_t c = 1; c < channels; ++c) {
    if (moments[c].count == moments[0].count) continue;
    return invalid("moments[%lld].count is %lld, must be that of moments[0], %lld", static_cast<long long>(c),
                   static_cast<long long>(moments[c].count), count);
  }
  return {};
}

Status check_moments_of_a_batch(const Moments* moments, std::int64_t channels) noexcept {
  const Status s = check_moments(moments, channels);
  return s && moments[0].count == 0 ? invalid("moments[0].count is 0, src is not empty") : s;
}

Status check_training_inputs(const ChannelNormPlanData& p, const BatchNormTrainingData& d) noexcept {
  Status s;
  if (!p.has_residual && d.residual.data != nullptr) return invalid("residual is given, the plan has none");
  if (!(s = check_array(p.data, "gamma", d.gamma, p.channels))) return s;
  if (!(s = check_array(p.data, "beta", d.beta, p.channels))) return s;
  if (p.has_mask == (d.mask != nullptr)) return {};
  return p.has_mask ? invalid("mask is null, the plan writes one") : invalid("mask is given, the plan has none");
}

std::size_t mask_bytes_of(const ChannelNormPlanData& p) noexcept {
  return p.empty || !p.has_mask ? 0 : static_cast<std::size_t>(p.images * p.image.step[slot_mask] / 8);
}

RunningStatistics running_of(const ChannelNormPlanData& p, const BatchNormTrainingData& d) noexcept {
  const double momentum = p.cumulative ? 1.0 / (static_cast<double>(d.batches_tracked) + 1.0) : p.momentum;
  return {numbers_of(d.running_mean), numbers_of(d.running_variance), momentum, p.unbiased};
}

SavedStatistics saved_of(const BatchNormTrainingData& d) noexcept {
  return {numbers_of(d.saved_mean), numbers_of(d.saved_mean_low), numbers_of(d.saved_invstd)};
}

ChannelNormRun training_run_of(const BatchNormTrainingData& d) noexcept {
  ChannelNormRun run = {};
  run.src = d.src.data;
  run.residual = d.residual.data;
  run.dst = d.dst.data;
  run.gamma = numbers_of(d.gamma);
  run.beta = numbers_of(d.beta);
  run.mask = d.mask;
  return run;
}

ChannelNormRun whole_training_run_of(const ChannelNormPlanData& p, const BatchNormTrainingData& d) noexcept {
  ChannelNormRun run = training_run_of(d);
  run.running = running_of(p, d);
  run.saved = saved_of(d);
  return run;
}

}  // namespace poolnorm
