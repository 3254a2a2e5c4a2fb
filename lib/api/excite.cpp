// ExcitePlan: a norm plan whose scales come with the data.
#include <poolnorm/excite.hpp>

#include "api/elements.hpp"
#include "api/norm_run.hpp"
#include "api/plan_data.hpp"
#include "drive/norm_drive.hpp"
#include "plan/parameters.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct ExcitePlan::Data : NormPlanData {};

ExcitePlan& ExcitePlan::operator=(ExcitePlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

ExcitePlan::~ExcitePlan() { delete data_; }

Result<ExcitePlan> ExcitePlan::make(const ExciteDesc& desc, const PlanOptions& options) noexcept {
  Result<ExcitePlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_norm(desc, options, data); });
  return result;
}

Status ExcitePlan::run(ConstElements src, ConstElements scale, Elements dst, const RunContext& context) const noexcept {
  return run(src, scale, nullptr, dst, context);
}

Status ExcitePlan::run(ConstElements src, ConstElements scale, ConstElements residual, Elements dst,
                       const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  const NormPlanData& p = *data_;
  if (const Status s = check_norm_run(p, src, residual, dst); !s || p.empty) return s;
  const TensorDesc scales = nchw({p.src.dims[0], p.src.dims[1]}, parameter_type(p.src.type));
  if (const Status s = check_elements("scale", scale, scales.type); !s) return s;
  if (overlap(scales, scale.data, p.dst, dst.data)) return invalid("scale and dst overlap");
  drive_norm(p, src.data, scale.data, residual.data, dst.data, context.executor);
  return {};
}

std::size_t ExcitePlan::workspace_bytes(const Executor&) const noexcept { return 0; }

std::size_t ExcitePlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_norm("excite", data_, buffer, size);
}

Status excite(const ExciteDesc& desc, ConstElements src, ConstElements scale, Elements dst,
              ConstElements residual) noexcept {
  const Result<ExcitePlan> plan = ExcitePlan::make(desc);
  return plan ? plan->run(src, scale, residual, dst) : plan.status;
}

}  // namespace poolnorm
