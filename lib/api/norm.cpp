// NormPlan, the one-line norms, and folding.
#include <poolnorm/norm.hpp>

#include "api/norm_run.hpp"
#include "api/plan_data.hpp"
#include "drive/norm_drive.hpp"
#include "plan/fold.hpp"
#include "plan/norm_plan.hpp"
#include "plan/parameters.hpp"
#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

struct NormPlan::Data : NormPlanData {};

NormPlan& NormPlan::operator=(NormPlan&& other) noexcept {
  take_data(data_, other.data_);
  return *this;
}

NormPlan::~NormPlan() { delete data_; }

Result<NormPlan> NormPlan::make(const BatchNormDesc& desc, const PlanOptions& options) noexcept {
  Result<NormPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_norm(desc, options, data); });
  return result;
}

Result<NormPlan> NormPlan::make(const ScaleShiftDesc& desc, const PlanOptions& options) noexcept {
  Result<NormPlan> result;
  result.status = make_data(result.value.data_, [&](Data& data) { return plan_norm(desc, options, data); });
  return result;
}

Status NormPlan::run(ConstElements src, Elements dst, const RunContext& context) const noexcept {
  return run(src, nullptr, dst, context);
}

Status NormPlan::run(ConstElements src, ConstElements residual, Elements dst,
                     const RunContext& context) const noexcept {
  if (data_ == nullptr) return empty_plan();
  if (const Status s = check_norm_run(*data_, src, residual, dst); !s || data_->empty) return s;
  drive_norm(*data_, src.data, nullptr, residual.data, dst.data, context.executor);
  return {};
}

std::size_t NormPlan::workspace_bytes(const Executor&) const noexcept { return 0; }

std::size_t NormPlan::explain(char* buffer, std::size_t size) const noexcept {
  return explain_norm("norm", data_, buffer, size);
}

namespace {

template <class Desc>
Status run_once(const Desc& desc, ConstElements src, Elements dst, ConstElements residual) noexcept {
  const Result<NormPlan> plan = NormPlan::make(desc);
  return plan ? plan->run(src, residual, dst) : plan.status;
}

}  // namespace

Status batch_norm(const BatchNormDesc& desc, ConstElements src, Elements dst, ConstElements residual) noexcept {
  return run_once(desc, src, dst, residual);
}
Status scale_shift(const ScaleShiftDesc& desc, ConstElements src, Elements dst, ConstElements residual) noexcept {
  return run_once(desc, src, dst, residual);
}

Status fold_batch_norm(const BatchNormDesc& norm, const ConvolutionWeights& w, float* bias) noexcept {
  if (w.channels < 0) return invalid("weights.channels is %lld, must be >= 0", static_cast<long long>(w.channels));
  if (w.elements < 0) return invalid("weights.elements is %lld, must be >= 0", static_cast<long long>(w.elements));
  const Affine affine = affine_of(norm);
  if (const Status s = check_batch_norm("", affine, w.channels, ElementType::f32); !s) return s;
  if (w.channels == 0) return {};
  if (w.data == nullptr && w.elements > 0) return invalid("weights.data is null");
  if (bias == nullptr) return invalid("bias is null");
  if (w.channel_stride < 1) return invalid("weights.channel_stride is %lld, must be >= 1", static_cast<long long>(w.channel_stride));
  if (w.element_stride < 1 && w.elements > 0) {
    return invalid("weights.element_stride is %lld, must be >= 1", static_cast<long long>(w.element_stride));
  }
  TensorDesc t;
  t.rank = 2;
  t.dims[0] = w.elements;
  t.dims[1] = w.channels;
  t.strides[0] = w.element_stride;
  t.strides[1] = w.channel_stride;
  if (const Status s = check_f32_tensor("weights", t, 2); !s) return s;
  if (const Status s = check_no_overlap("weights", t); !s) return s;
  for (std::int64_t c = 0; c < w.channels; ++c) {
    const double a = norm_scale(affine, c);
    for (std::int64_t i = 0; i < w.elements; ++i) {  // data may be null where there are none
      float& value = w.data[c * w.channel_stride + i * w.element_stride];
      value = static_cast<float>(static_cast<double>(value) * a);
    }
    const double centred = static_cast<double>(bias[c]) - value_of(norm.mean, c);
    bias[c] = static_cast<float>(centred * a + value_or(norm.beta, c, 0.0));
  }
  return {};
}

}  // namespace poolnorm
