#include <poolnorm/norm_backward.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/gradient_checks.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/channel_gradient_plan.hpp"

namespace poolnorm {

struct BatchNormBackwardPlan::Data : ChannelNormPlanData {};
struct GroupNormBackwardPlan::Data : ChannelNormPlanData {};

BatchNormBackwardPlan& BatchNormBackwardPlan::operator=(BatchNormBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}
GroupNormBackwardPlan& GroupNormBackwardPlan::operator=(GroupNormBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

BatchNormBackwardPlan::~BatchNormBackwardPlan() { delete data_; }
GroupNormBackwardPlan::~GroupNormBackwardPlan() { delete data_; }

Result<BatchNormBackwardPlan> BatchNormBackwardPlan::make(const BatchNormBackwardDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<BatchNormBackwardPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_channel_gradient(desc, options, data); });
  return result;
}

Result<GroupNormBackwardPlan> GroupNormBackwardPlan::make(const GroupNormBackwardDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<GroupNormBackwardPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_channel_gradient(desc, options, data); });
  return result;
}

namespace {

template <class Data>
Status check_common(const ChannelNormPlanData& p, const Data& d) noexcept {
  Status s;
  if (!(s = check_disjoint("src", p.src, d.src, "grad_src", p.dst, d.grad_src))) return s;
  if (!(s = check_apart("grad_dst", p.residual, d.grad_dst, p.dst, d.grad_src, "grad_src"))) return s;
  return check_gradient_arrays(p, d);
}

Status check_behind_mask(const ChannelNormPlanData& p, const BatchNormBackwardData& d) noexcept {
  Status s;
  if (!(s = check_behind_mask_given(p, d)) || !p.has_gate) return s;
  if (!(s = check_disjoint("src", p.src, d.src, "grad_residual", p.gate, d.grad_residual))) return s;
  if (!(s = check_disjoint("grad_src", p.dst, d.grad_src, "grad_residual", p.gate, d.grad_residual))) return s;
  return check_apart("grad_dst", p.residual, d.grad_dst, p.gate, d.grad_residual, "grad_residual");
}

Status drive(const ChannelNormPlanData& p, const ChannelGradientRun& run, const RunContext& context) noexcept {
  const ChannelNormMemory memory = channel_gradient_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, memory.worker, workspace, memory.shared); !s) return s;
  drive_channel_gradient(p, run, context.executor, workspace);
  return {};
}

std::size_t bytes_for(const ChannelNormPlanData* p, const Executor& executor) noexcept {
  if (p == nullptr) return 0;
  const ChannelNormMemory memory = channel_gradient_memory(*p, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t explain_plan(const char* what, const ChannelNormPlanData* p, char* buffer, std::size_t size) noexcept {
  int length;
  if (p == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (p->empty) {
    length = std::snprintf(buffer, size, "%s backward isa=%s empty tensor: nothing to do", what, name(p->isa));
  } else {
    length = std::snprintf(buffer, size, "%s backward type=%s isa=%s channels=%s statistics=%s mask=%s store=%s", what,
                           name(p->src.type), name(p->isa), p->channels_last ? "last" : "first",
                           p->training ? "batch" : "running", p->has_mask ? "yes" : "no",
                           p->stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace

Status BatchNormBackwardPlan::run(const BatchNormBackwardData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& p = *data_;
  if (p.empty) return {};
  Status s;
  if (!(s = check_common(p, d)) || !(s = check_behind_mask(p, d))) return s;
  if (!p.training && !(s = check_needed(p.data, "variance", d.variance, p.channels))) return s;
  return drive(p, gradient_run_of(d), context);
}

Status GroupNormBackwardPlan::run(const GroupNormBackwardData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ChannelNormPlanData& p = *data_;
  if (p.empty) return {};
  if (const Status s = check_common(p, d); !s) return s;
  return drive(p,
               {d.src.data,
                d.grad_dst.data,
                d.grad_src.data,
                nullptr,
                nullptr,
                numbers_of(d.gamma),
                numbers_of(d.mean),
                numbers_of(d.mean_low),
                numbers_of(d.invstd),
                {},
                numbers_of(d.grad_gamma),
                numbers_of(d.grad_beta)},
               context);
}

std::size_t BatchNormBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return bytes_for(data_, executor);
}
std::size_t GroupNormBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return bytes_for(data_, executor);
}

std::size_t BatchNormBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_plan("batch norm", data_, buffer, size);
}
std::size_t GroupNormBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_plan("group norm", data_, buffer, size);
}

}  // namespace poolnorm
