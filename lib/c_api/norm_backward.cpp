// BatchNormBackwardPlan and GroupNormBackwardPlan for C.
#include <poolnorm/c/norm_backward.h>
#include <poolnorm/norm_backward.hpp>

#include "c_api/answer.hpp"
#include "c_api/norm.hpp"
#include "c_api/run.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_batch_norm_backward_plan {
  BatchNormBackwardPlan plan;
};

struct poolnorm_group_norm_backward_plan {
  GroupNormBackwardPlan plan;
};

namespace {

Status read(const poolnorm_batch_norm_backward_desc* c, BatchNormBackwardDesc& x) noexcept {
  poolnorm_batch_norm_backward_desc d = poolnorm_batch_norm_backward_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  x.src = from_c(d.src);
  x.grad_dst = from_c(d.grad_dst);
  x.grad_src = from_c(d.grad_src);
  x.grad_residual = from_c(d.grad_residual);
  x.training = d.training != 0;
  x.epsilon = d.epsilon;
  x.mask = d.mask != 0;
  return {};
}

Status read(const poolnorm_batch_norm_backward_data* c, BatchNormBackwardData& x) noexcept {
  poolnorm_batch_norm_backward_data d = poolnorm_batch_norm_backward_data_init();
  const char* const name = "data";
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.grad_dst = d.grad_dst;
  x.grad_src = d.grad_src;
  x.grad_residual = d.grad_residual;
  x.mask = d.mask;
  x.gamma = {d.gamma.data, d.gamma.size};
  x.mean = {d.mean.data, d.mean.size};
  x.mean_low = {d.mean_low.data, d.mean_low.size};
  x.invstd = {d.invstd.data, d.invstd.size};
  x.variance = {d.variance.data, d.variance.size};
  x.grad_gamma = {d.grad_gamma.data, d.grad_gamma.size};
  x.grad_beta = {d.grad_beta.data, d.grad_beta.size};
  return {};
}

Status read(const poolnorm_group_norm_backward_desc* c, GroupNormBackwardDesc& x) noexcept {
  poolnorm_group_norm_backward_desc d = poolnorm_group_norm_backward_desc_init();
  const char* const name = "desc";
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = from_c(d.src);
  x.grad_dst = from_c(d.grad_dst);
  x.grad_src = from_c(d.grad_src);
  x.groups = d.groups;
  return {};
}

Status read(const poolnorm_group_norm_backward_data* c, GroupNormBackwardData& x) noexcept {
  poolnorm_group_norm_backward_data d = poolnorm_group_norm_backward_data_init();
  const char* const name = "data";
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.grad_dst = d.grad_dst;
  x.grad_src = d.grad_src;
  x.gamma = {d.gamma.data, d.gamma.size};
  x.mean = {d.mean.data, d.mean.size};
  x.mean_low = {d.mean_low.data, d.mean_low.size};
  x.invstd = {d.invstd.data, d.invstd.size};
  x.grad_gamma = {d.grad_gamma.data, d.grad_gamma.size};
  x.grad_beta = {d.grad_beta.data, d.grad_beta.size};
  return {};
}

}  // namespace

int poolnorm_batch_norm_backward_plan_make(poolnorm_batch_norm_backward_plan** plan,
                                           const poolnorm_batch_norm_backward_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  *plan = nullptr;
  BatchNormBackwardDesc d;
  PlanOptions o;
  Status s = read(desc, d);
  if (s) s = read(options, o);
  return s ? hand_over(BatchNormBackwardPlan::make(d, o), plan, status) : answer(s, status);
}

void poolnorm_batch_norm_backward_plan_destroy(poolnorm_batch_norm_backward_plan* plan) { delete plan; }

int poolnorm_batch_norm_backward_plan_run(const poolnorm_batch_norm_backward_plan* plan,
                                          const poolnorm_batch_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  BatchNormBackwardData d;
  RunContext c;
  Status s = read(data, d);
  if (s) s = read(context, c);
  return answer(s ? plan->plan.run(d, c) : s, status);
}

std::size_t poolnorm_batch_norm_backward_plan_workspace_bytes(const poolnorm_batch_norm_backward_plan* plan,
                                                              const poolnorm_executor* executor) {
  return plan == nullptr ? 0 : plan->plan.workspace_bytes(executor_of(executor));
}

std::size_t poolnorm_batch_norm_backward_plan_explain(const poolnorm_batch_norm_backward_plan* plan, char* buffer,
                                                      std::size_t size) {
  if (buffer == nullptr) size = 0;
  return plan == nullptr ? BatchNormBackwardPlan().explain(buffer, size) : plan->plan.explain(buffer, size);
}

int poolnorm_group_norm_backward_plan_make(poolnorm_group_norm_backward_plan** plan,
                                           const poolnorm_group_norm_backward_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  *plan = nullptr;
  GroupNormBackwardDesc d;
  PlanOptions o;
  Status s = read(desc, d);
  if (s) s = read(options, o);
  return s ? hand_over(GroupNormBackwardPlan::make(d, o), plan, status) : answer(s, status);
}

void poolnorm_group_norm_backward_plan_destroy(poolnorm_group_norm_backward_plan* plan) { delete plan; }

int poolnorm_group_norm_backward_plan_run(const poolnorm_group_norm_backward_plan* plan,
                                          const poolnorm_group_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  if (plan == nullptr) return answer(invalid("plan is null"), status);
  GroupNormBackwardData d;
  RunContext c;
  Status s = read(data, d);
  if (s) s = read(context, c);
  return answer(s ? plan->plan.run(d, c) : s, status);
}

std::size_t poolnorm_group_norm_backward_plan_workspace_bytes(const poolnorm_group_norm_backward_plan* plan,
                                                              const poolnorm_executor* executor) {
  return plan == nullptr ? 0 : plan->plan.workspace_bytes(executor_of(executor));
}

std::size_t poolnorm_group_norm_backward_plan_explain(const poolnorm_group_norm_backward_plan* plan, char* buffer,
                                                      std::size_t size) {
  if (buffer == nullptr) size = 0;
  return plan == nullptr ? GroupNormBackwardPlan().explain(buffer, size) : plan->plan.explain(buffer, size);
}
