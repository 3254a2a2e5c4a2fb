#include <poolnorm/batch_norm_training.hpp>

#include <algorithm>
#include <cstdio>

#include "api/explain.hpp"
#include "api/norm_checks.hpp"
#include "api/plan_data.hpp"
#include "api/training_run.hpp"
#include "api/workspace.hpp"
#include "drive/channel_norm_drive.hpp"
#include "drive/counter.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

struct BatchNormTrainingPlan::Data : ChannelNormPlanData {};

BatchNormTrainingPlan& BatchNormTrainingPlan::operator=(BatchNormTrainingPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

BatchNormTrainingPlan::~BatchNormTrainingPlan() { delete data_; }

Result<BatchNormTrainingPlan> BatchNormTrainingPlan::make(const BatchNormTrainingDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<BatchNormTrainingPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_channel_norm(desc, options, data); });
  return result;
}

namespace {

Status check_tensors(const ChannelNormPlanData& p, const BatchNormTrainingData& d) noexcept {
  Status s;
  if (!(s = check_apart("src", p.src, d.src, p.dst, d.dst))) return s;
  if (p.has_residual && !(s = check_apart("residual", p.residual, d.residual, p.dst, d.dst))) return s;
  return check_training_inputs(p, d);
}

Status drive(const ChannelNormPlanData& p, const ChannelNormRun& run, const RunContext& context) noexcept {
  const ChannelNormMemory memory = channel_norm_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, memory.worker, workspace, memory.shared); !s) return s;
  drive_channel_norm(p, run, context.executor, workspace);
  return {};
}

}  // namespace

Status BatchNormTrainingPlan::run(const BatchNormTrainingData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& p = *data_;
  if (p.empty) return {};
  Status s;
  if (!(s = check_tensors(p, d)) || !(s = check_running_statistics(p, d, p.population.elements()))) return s;
  return drive(p, whole_training_run_of(p, d), context);
}

Status BatchNormTrainingPlan::partial(ConstElements src, Moments* moments, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (moments == nullptr && data_->channels > 0) return invalid("moments is null");
  if (data_->empty) {
    for (std::int64_t c = 0; c < data_->channels; ++c) moments[c] = {};
    return {};
  }
  if (const Status s = check_elements("src", src, data_->src.type); !s) return s;
  ChannelNormRun run = {};
  run.src = src.data;
  run.wanted = moments;
  return drive(*data_, run, context);
}

Status BatchNormTrainingPlan::finalise(const Moments* moments, const BatchNormTrainingData& d) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& p = *data_;
  if (p.channels == 0) return {};
  if (const Status s = check_moments(moments, p.channels); !s) return s;
  if (moments[0].count == 0) return {};
  if (const Status s = check_running_statistics(p, d, moments[0].count); !s) return s;
  const RunningStatistics running = running_of(p, d);
  const SavedStatistics saved = saved_of(d);
  for (std::int64_t c = 0; c < p.channels; c += numbers_block) {
    Statistics s;
    for (std::int64_t i = c; i < std::min(c + numbers_block, p.channels); ++i) s.push(moments[i]);
    s.settle(p.epsilon);
    saved.save(c, s);
    running.remember(c, s);
  }
  return {};
}

Status BatchNormTrainingPlan::apply(const Moments* moments, const BatchNormTrainingData& d,
                                    const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (data_->empty) return {};
  Status s;
  if (!(s = check_moments_of_a_batch(moments, data_->channels)) || !(s = check_tensors(*data_, d))) return s;
  ChannelNormRun run = training_run_of(d);
  run.given = moments;
  return drive(*data_, run, context);
}

void merge_moments(const Moments* parts, std::int64_t count, std::int64_t channels, Moments* out) noexcept {
  for (std::int64_t c = 0; c < channels; ++c) {
    MomentsCounter counter;
    for (std::int64_t p = 0; p < count; ++p) counter.push(parts[p * channels + c]);
    out[c] = counter.total();
  }
}

std::size_t BatchNormTrainingPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr) return 0;
  const ChannelNormMemory memory = channel_norm_memory(*data_, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t BatchNormTrainingPlan::mask_bytes() const noexcept { return data_ == nullptr ? 0 : mask_bytes_of(*data_); }

std::size_t BatchNormTrainingPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->empty) {
    length = std::snprintf(buffer, size, "batch norm training isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    length = std::snprintf(buffer, size,
                           "batch norm training type=%s isa=%s channels=%s leaves=%lld residual=%s mask=%s store=%s",
                           name(data_->src.type), name(data_->isa), data_->channels_last ? "last" : "first",
                           static_cast<long long>(data_->population.leaves()), data_->has_residual ? "tensor" : "none",
                           data_->has_mask ? "yes" : "no", data_->stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace poolnorm
