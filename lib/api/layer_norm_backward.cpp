#include <poolnorm/layer_norm_backward.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/norm_checks.hpp"
#include "api/plan_data.hpp"
#include "api/workspace.hpp"
#include "drive/row_gradient_drive.hpp"
#include "parallel/run_tasks.hpp"
#include "plan/row_norm_plan.hpp"

namespace poolnorm {

struct LayerNormBackwardPlan::Data : RowNormPlanData {};

LayerNormBackwardPlan& LayerNormBackwardPlan::operator=(LayerNormBackwardPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

LayerNormBackwardPlan::~LayerNormBackwardPlan() { delete data_; }

Result<LayerNormBackwardPlan> LayerNormBackwardPlan::make(const LayerNormBackwardDesc& desc,
                                                          const PlanOptions& options) noexcept {
  Result<LayerNormBackwardPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_row_norm(desc, options, data); });
  return result;
}

namespace {

Status check_tensors(const RowNormPlanData& p, const LayerNormBackwardData& d) noexcept {
  Status s;
  if (!(s = check_disjoint("src", p.src, d.src, "grad_src", p.dst, d.grad_src))) return s;
  if (!(s = check_apart("grad_dst", p.residual, d.grad_dst, p.dst, d.grad_src, "grad_src"))) return s;
  if (p.has_sum) return check_apart("grad_sum", p.sum, d.grad_sum, p.dst, d.grad_src, "grad_src");
  return d.grad_sum.data == nullptr ? s : invalid("grad_sum is given, the plan has none");
}

Status check_arrays(const RowNormPlanData& p, const LayerNormBackwardData& d) noexcept {
  Status s;
  if (!(s = check_array(p.data, "gamma", d.gamma, p.width))) return s;
  if (!(s = p.centred ? check_needed(p.data, "mean", d.mean, p.rows) : check_array(p.data, "mean", d.mean, 0)))
    return s;
  if (!(s = check_array(p.data, "mean_low", d.mean_low, p.centred ? p.rows : 0))) return s;
  if (!(s = check_needed(p.data, "invstd", d.invstd, p.rows))) return s;
  if (!(s = check_array(p.data, "grad_gamma", d.grad_gamma, p.width))) return s;
  return check_array(p.data, "grad_beta", d.grad_beta, p.width);
}

}  // namespace

Status LayerNormBackwardPlan::run(const LayerNormBackwardData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const RowNormPlanData& p = *data_;
  if (p.empty) return {};
  Status s;
  if (!(s = check_tensors(p, d)) || !(s = check_arrays(p, d))) return s;
  const RowGradientMemory memory = row_gradient_memory(p, worker_count(context.executor));
  char* workspace = nullptr;
  if (!(s = check_workspace(context, memory.worker, workspace, memory.shared))) return s;
  drive_row_gradient(
      p,
      {d.src.data, d.grad_dst.data, d.grad_sum.data, d.grad_src.data, numbers_of(d.gamma), numbers_of(d.mean),
       numbers_of(d.mean_low), numbers_of(d.invstd), numbers_of(d.grad_gamma), numbers_of(d.grad_beta)},
      context.executor, workspace);
  return {};
}

std::size_t LayerNormBackwardPlan::workspace_bytes(const Executor& executor) const noexcept {
  if (data_ == nullptr) return 0;
  const RowGradientMemory memory = row_gradient_memory(*data_, worker_count(executor));
  return workspace_size(executor, memory.worker, memory.shared);
}

std::size_t LayerNormBackwardPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->empty) {
    length = std::snprintf(buffer, size, "row norm backward isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    length = std::snprintf(buffer, size, "%s norm backward type=%s isa=%s rows=%lld width=%lld grad_sum=%s store=%s",
                           data_->centred ? "layer" : "rms", name(data_->src.type), name(data_->isa),
                           static_cast<long long>(data_->rows), static_cast<long long>(data_->width),
                           data_->has_sum ? "yes" : "no", data_->stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace poolnorm
