#include <poolnorm/local_response_norm.hpp>

#include "api/elements.hpp"
#include "api/plan_data.hpp"
#include "api/response_explain.hpp"
#include "api/workspace.hpp"
#include "drive/response_drive.hpp"

namespace poolnorm {

struct LocalResponseNormPlan::Data : ResponsePlanData {};

LocalResponseNormPlan& LocalResponseNormPlan::operator=(LocalResponseNormPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

LocalResponseNormPlan::~LocalResponseNormPlan() { delete data_; }

Result<LocalResponseNormPlan> LocalResponseNormPlan::make(const LocalResponseNormDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<LocalResponseNormPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_response(desc, options, data); });
  return result;
}

Status LocalResponseNormPlan::run(ConstElements src, Elements dst, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ResponsePlanData& p = *data_;
  if (p.empty) return {};
  if (const Status s = check_apart("src", p.src, src, p.dst, dst); !s) return s;
  char* workspace = nullptr;
  if (const Status s = check_workspace(context, p.worker_bytes(), workspace); !s) return s;
  drive_response(p, src.data, dst.data, workspace, context.executor);
  return {};
}

std::size_t LocalResponseNormPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr || data_->empty ? 0 : workspace_size(executor, data_->worker_bytes());
}

std::size_t LocalResponseNormPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_response("local response norm", data_, buffer, size);
}

Status local_response_norm(const LocalResponseNormDesc& desc, ConstElements src, Elements dst) noexcept {
  const Result<LocalResponseNormPlan> plan = LocalResponseNormPlan::make(desc);
  if (!plan) return plan.status;
  OwnWorkspace workspace(plan->workspace_bytes(default_executor()));
  return workspace.ok() ? plan->run(src, dst, workspace.context()) : out_of_memory();
}

}  // namespace poolnorm
