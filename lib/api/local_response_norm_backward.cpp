#include <poolnorm/local_response_norm_backward.hpp>

#include "api/elements.hpp"
#include "api/plan_data.hpp"
#include "api/response_explain.hpp"
#include "api/workspace.hpp"
#include "drive/response_gradient_drive.hpp"
#include "plan/response_gradient_plan.hpp"

namespace poolnorm {

struct LocalResponseNormBackwardPlan::Data : ResponsePlanData {};

LocalResponseNormBackwardPlan& LocalResponseNormBackwardPlan::operator=(
    LocalResponseNormBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

LocalResponseNormBackwardPlan::~LocalResponseNormBackwardPlan() { delete data_; }

Result<LocalResponseNormBackwardPlan> LocalResponseNormBackwardPlan::make(const LocalResponseNormBackwardDesc& desc,
                                                                          const PlanOptions& options) noexcept {
  Result<LocalResponseNormBackwardPlan> result;
  result.status =
      make_data(result.value.data_, [&](Data& data) { return plan_response_gradient(desc, options, data); });
  return result;
}

Status LocalResponseNormBackwardPlan::run(ConstElements src, ConstElements grad_dst, Elements grad_src,
                                          const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const ResponsePlanData& p = *data_;
  if (p.empty) return {};
  Status s;
  if (!(s = check_apart("src", p.src, src, p.dst, grad_src, "grad_src"))) return s;
  if (!(s = check_apart("grad_dst", p.grad, grad_dst, p.dst, grad_src, "grad_src"))) return s;
  char* workspace = nullptr;
  if (!(s = check_workspace(context, p.worker_bytes(), workspace))) return s;
  drive_response_gradient(p, src.data, grad_dst.data, grad_src.data, workspace, context.executor);
  return {};
}

std::size_t LocalResponseNormBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  return data_ == nullptr || data_->empty ? 0 : workspace_size(executor, data_->worker_bytes());
}

std::size_t LocalResponseNormBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_response("local response norm backward", data_, buffer, size);
}

}  // namespace poolnorm
