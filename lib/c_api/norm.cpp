// NormPlan, the one-line norms and folding, for C.
#include "c_api/norm.hpp"

#include "c_api/answer.hpp"
#include "c_api/plan.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_norm_plan {
  NormPlan plan;
};

namespace {

template <class Desc, class CDesc>
int make(poolnorm_norm_plan** plan, const CDesc* desc, const poolnorm_plan_options* options,
         poolnorm_status* status) noexcept {
  return make_plan<Desc>(plan, options, status, [&](Desc& d) { return read("desc", desc, d); });
}

}  // namespace

int poolnorm_norm_plan_make_batch_norm(poolnorm_norm_plan** plan, const poolnorm_batch_norm_desc* desc,
                                       const poolnorm_plan_options* options, poolnorm_status* status) {
  return make<BatchNormDesc>(plan, desc, options, status);
}

int poolnorm_norm_plan_make_scale_shift(poolnorm_norm_plan** plan, const poolnorm_scale_shift_desc* desc,
                                        const poolnorm_plan_options* options, poolnorm_status* status) {
  return make<ScaleShiftDesc>(plan, desc, options, status);
}

void poolnorm_norm_plan_destroy(poolnorm_norm_plan* plan) { delete plan; }

int poolnorm_norm_plan_run(const poolnorm_norm_plan* plan, const void* src, const void* residual, void* dst,
                           const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, residual, dst, c); });
}

std::size_t poolnorm_norm_plan_workspace_bytes(const poolnorm_norm_plan* plan, const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_norm_plan_explain(const poolnorm_norm_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_batch_norm(const poolnorm_batch_norm_desc* desc, const void* src, void* dst, const void* residual,
                        poolnorm_status* status) {
  BatchNormDesc d;
  const Status s = read("desc", desc, d);
  return answer(s ? batch_norm(d, src, dst, residual) : s, status);
}

int poolnorm_scale_shift(const poolnorm_scale_shift_desc* desc, const void* src, void* dst, const void* residual,
                         poolnorm_status* status) {
  ScaleShiftDesc d;
  const Status s = read("desc", desc, d);
  return answer(s ? scale_shift(d, src, dst, residual) : s, status);
}

int poolnorm_fold_batch_norm(const poolnorm_batch_norm_desc* norm, const poolnorm_convolution_weights* weights,
                             float* bias, poolnorm_status* status) {
  BatchNormDesc n;
  poolnorm_convolution_weights w = poolnorm_convolution_weights_init();
  Status s = read("norm", norm, n);
  if (s) s = read_struct("weights", weights, w);
  if (!s) return answer(s, status);
  return answer(fold_batch_norm(n, {w.data, w.channels, w.elements, w.channel_stride, w.element_stride}, bias), status);
}
