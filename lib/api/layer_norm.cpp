#include <poolnorm/layer_norm.hpp>

#include <cstdio>

#include "api/explain.hpp"
#include "api/norm_checks.hpp"
#include "api/plan_data.hpp"
#include "drive/row_norm_drive.hpp"
#include "plan/row_norm_plan.hpp"

namespace poolnorm {

struct LayerNormPlan::Data : RowNormPlanData {};

LayerNormPlan& LayerNormPlan::operator=(LayerNormPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

LayerNormPlan::~LayerNormPlan() { delete data_; }

Result<LayerNormPlan> LayerNormPlan::make(const LayerNormDesc& desc, const PlanOptions& options) noexcept {
  Result<LayerNormPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_row_norm(desc, options, data); });
  return result;
}

namespace {

Status check_arrays(const RowNormPlanData& p, const LayerNormData& d) noexcept {
  Status s;
  if (!(s = check_array(p.data, "gamma", d.gamma, p.width))) return s;
  if (!(s = check_array(p.data, "beta", d.beta, p.width))) return s;
  if (!(s = check_array(p.data, "saved_mean", d.saved_mean, p.centred ? p.rows : 0))) return s;
  if (!(s = check_array(p.data, "saved_mean_low", d.saved_mean_low, p.centred ? p.rows : 0))) return s;
  return check_array(p.data, "saved_invstd", d.saved_invstd, p.rows);
}

Status check_sum(const RowNormPlanData& p, const LayerNormData& d) noexcept {
  if (d.sum.data == nullptr) return invalid("sum is null, the plan writes one");
  Status s;
  if (!(s = check_disjoint("sum", p.sum, d.sum, "dst", p.dst, d.dst))) return s;
  if (!(s = check_apart("src", p.src, d.src, p.sum, d.sum, "sum"))) return s;
  return check_apart("residual", p.residual, d.residual, p.sum, d.sum, "sum");
}

}  // namespace

Status LayerNormPlan::run(const LayerNormData& d, const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const RowNormPlanData& p = *data_;
  if (!p.has_residual && d.residual.data != nullptr) return invalid("residual is given, the plan has none");
  if (!p.has_sum && d.sum.data != nullptr) return invalid("sum is given, the plan has none");
  if (p.empty) return {};
  Status s;
  if (!(s = check_apart("src", p.src, d.src, p.dst, d.dst))) return s;
  if (p.has_residual && !(s = check_apart("residual", p.residual, d.residual, p.dst, d.dst))) return s;
  if (p.has_sum && !(s = check_sum(p, d))) return s;
  if (!(s = check_arrays(p, d))) return s;
  const SavedStatistics saved{numbers_of(d.saved_mean), numbers_of(d.saved_mean_low), numbers_of(d.saved_invstd)};
  drive_row_norm(p,
                 {d.src.data, d.residual.data, d.sum.data, d.dst.data, numbers_of(d.gamma), numbers_of(d.beta), saved},
                 context.executor);
  return {};
}

std::size_t LayerNormPlan::workspace_bytes(const Executor&) const noexcept { return 0; }

std::size_t LayerNormPlan::explain(char* buffer, std::size_t size) const noexcept {
  int length;
  if (data_ == nullptr) {
    length = std::snprintf(buffer, size, "no plan");
  } else if (data_->empty) {
    length = std::snprintf(buffer, size, "row norm isa=%s empty tensor: nothing to do", name(data_->isa));
  } else {
    length = std::snprintf(buffer, size, "%s norm type=%s isa=%s rows=%lld width=%lld tasks=%lld residual=%s store=%s",
                           data_->centred ? "layer" : "rms", name(data_->src.type), name(data_->isa),
                           static_cast<long long>(data_->rows), static_cast<long long>(data_->width),
                           static_cast<long long>(data_->tasks), data_->has_residual ? "tensor" : "none",
                           data_->stream ? "streaming" : "cached");
  }
  return written(length);
}

}  // namespace poolnorm
