// AveragePoolBackwardPlan; the gradient of max pooling stands with its indices, in max_indices.cpp.
#include <poolnorm/pool_backward.hpp>

#include <cstdio>

#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/spread_drive.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct AveragePoolBackwardPlan::Data : SpreadPlanData {};

AveragePoolBackwardPlan& AveragePoolBackwardPlan::operator=(AveragePoolBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

AveragePoolBackwardPlan::~AveragePoolBackwardPlan() { delete data_; }

Result<AveragePoolBackwardPlan> AveragePoolBackwardPlan::make(const PoolDesc& desc,
                                                              const PlanOptions& options) noexcept {
  Result<AveragePoolBackwardPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_spread(desc, options, data); });
  return result;
}

Status AveragePoolBackwardPlan::run(const float* grad_dst, float* grad_src, const RunContext& context) const noexcept {
  if (data_ == nullptr) return invalid("the plan is empty: make() it first");
  if (data_->geometry.empty) return {};
  if (grad_dst == nullptr) return invalid("grad_dst is null");
  if (grad_src == nullptr) return invalid("grad_src is null");
  if (overlap(data_->geometry.src, grad_src, data_->geometry.dst, grad_dst)) {
    return invalid("grad_src and grad_dst overlap");
  }
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, data_->worker_bytes(), workspace); !s) return s;
  drive_spread(*data_, grad_dst, grad_src, workspace, context.executor);
  return {};
}

std::size_t AveragePoolBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr || data_->geometry.empty ? 0 : workspace_size(executor, data_->worker_bytes());
}

std::size_t AveragePoolBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->geometry.empty) {
    length = std::snprintf(buffer, size, "average_pool_backward isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    const RingSchedule& s = data_->schedule;
    length = std::snprintf(
        buffer, size,
        "average_pool_backward isa=%s walk=%s stages=%s tasks=%lld strip=%lld rows_kept=%lld worker_bytes=%lld",
        name(data_->isa), data_->geometry.walk == Walk::channels_first ? "channels_first" : "channels_last",
        s.keeps ? "spread+down" : "spread+merge", static_cast<long long>(s.tasks), static_cast<long long>(s.strip),
        static_cast<long long>(data_->slots()), static_cast<long long>(data_->worker_bytes()));
  }
  return length < 0 ? 0 : static_cast<std::size_t>(length);
}

}  // namespace poolnorm
