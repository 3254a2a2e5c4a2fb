#include <poolnorm/batch_norm_training.hpp>

#include <cstdio>
#include <new>

#include "api/norm_checks.hpp"
#include "api/workspace.hpp"
#include "drive/channel_norm_drive.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

struct BatchNormTrainingPlan::Data : ChannelNormPlanData {};

BatchNormTrainingPlan& BatchNormTrainingPlan::operator=(BatchNormTrainingPlan&& other) noexcept {
  if (this != &other) {
    delete data_;
    data_ = other.data_;
    other.data_ = nullptr;
  }
  return *this;
}

BatchNormTrainingPlan::~BatchNormTrainingPlan() { delete data_; }

Result<BatchNormTrainingPlan> BatchNormTrainingPlan::make(const BatchNormTrainingDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<BatchNormTrainingPlan> result;
  result.value.data_ = new (std::nothrow) Data;
  result.status =
      result.value.data_ == nullptr ? out_of_memory() : plan_channel_norm(desc, options, *result.value.data_);
  if (!result.status) result.value = BatchNormTrainingPlan();
  return result;
}

namespace {

Status check_arrays(const ChannelNormPlanData& p, const BatchNormTrainingData& d) noexcept {
  Status s;
  const std::int64_t c = p.channels;
  if (!(s = check_array("gamma", d.gamma, c)) || !(s = check_array("beta", d.beta, c))) return s;
  if (!(s = check_array("running_mean", d.running_mean, c))) return s;
  if (!(s = check_array("running_variance", d.running_variance, c))) return s;
  if (!(s = check_array("saved_mean", d.saved_mean, c))) return s;
  if (!(s = check_array("saved_mean_low", d.saved_mean_low, c))) return s;
  if (!(s = check_array("saved_invstd", d.saved_invstd, c))) return s;
  if (d.batches_tracked < 0) {
    return invalid("batches_tracked is %lld, must be >= 0", static_cast<long long>(d.batches_tracked));
  }
  if (p.unbiased && d.running_variance.size != 0 && p.population.elements() == 1) {
    return invalid("running_variance is given, but one value a channel (N * spatial is 1) has no unbiased variance");
  }
  if (p.has_mask != (d.mask != nullptr)) {
    return p.has_mask ? invalid("mask is null, the plan writes one") : invalid("mask is given, the plan has none");
  }
  return {};
}

}  // namespace

Status BatchNormTrainingPlan::run(const BatchNormTrainingData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return invalid("the plan is empty: make() it first");
  const ChannelNormPlanData& p = *data_;
  if (!p.has_residual && d.residual != nullptr) return invalid("residual is given, the plan has none");
  if (p.empty) return {};
  Status s;
  if (!(s = check_apart("src", p.src, d.src, p.dst, d.dst))) return s;
  if (p.has_residual && !(s = check_apart("residual", p.residual, d.residual, p.dst, d.dst))) return s;
  if (!(s = check_arrays(p, d))) return s;
  const ChannelNormMemory memory = channel_norm_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (!(s = check_workspace(context, memory.worker, workspace, memory.shared))) return s;
  const ChannelNormRun run{d.src,
                           d.residual,
                           d.dst,
                           data_of(d.gamma),
                           data_of(d.beta),
                           data_of(d.running_mean),
                           data_of(d.running_variance),
                           d.batches_tracked,
                           {data_of(d.saved_mean), data_of(d.saved_mean_low), data_of(d.saved_invstd)},
                           d.mask};
  drive_channel_norm(p, run, context.executor, workspace);
  return {};
}

std::size_t BatchNormTrainingPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr) return 0;
  const ChannelNormMemory memory = channel_norm_memory(*data_, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t BatchNormTrainingPlan::mask_bytes() const noexcept {
  if (data_ == nullptr || data_->empty || !data_->has_mask) return 0;
  return static_cast<std::size_t>(data_->images * data_->image.step[chain_mask] / 8);
}

std::size_t BatchNormTrainingPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->empty) {
    length = std::snprintf(buffer, size, "batch norm training isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    length = std::snprintf(buffer, size, "batch norm training isa=%s channels=%s leaves=%lld residual=%s mask=%s store=%s",
                           name(data_->isa), data_->channels_last ? "last" : "first",
                           static_cast<long long>(data_->population.leaves()), data_->has_residual ? "tensor" : "none",
                           data_->has_mask ? "yes" : "no", data_->stream ? "streaming" : "cached");
  }
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

}  // namespace poolnorm
