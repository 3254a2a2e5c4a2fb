// BatchNormBackwardPlan and GroupNormBackwardPlan for C.
#include "c_api/norm_backward.hpp"

#include "c_api/norm.hpp"
#include "c_api/parameters.hpp"
#include "c_api/plan.hpp"
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

namespace poolnorm::c_api {

Status read(const char* name, const poolnorm_batch_norm_backward_desc* c, BatchNormBackwardDesc& x) noexcept {
  poolnorm_batch_norm_backward_desc d = poolnorm_batch_norm_backward_desc_init();
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

Status read(const char* name, const poolnorm_batch_norm_backward_data* c, BatchNormBackwardData& x) noexcept {
  poolnorm_batch_norm_backward_data d = poolnorm_batch_norm_backward_data_init();
  if (const Status s = read_struct(name, c, d); !s) return s;
  x.src = d.src;
  x.grad_dst = d.grad_dst;
  x.grad_src = d.grad_src;
  x.grad_residual = d.grad_residual;
  x.mask = d.mask;
  x.gamma = from_c(d.gamma);
  x.mean = from_c(d.mean);
  x.mean_low = from_c(d.mean_low);
  x.invstd = from_c(d.invstd);
  x.variance = from_c(d.variance);
  x.grad_gamma = from_c(d.grad_gamma);
  x.grad_beta = from_c(d.grad_beta);
  return {};
}

}  // namespace poolnorm::c_api

namespace {

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
  x.gamma = from_c(d.gamma);
  x.mean = from_c(d.mean);
  x.mean_low = from_c(d.mean_low);
  x.invstd = from_c(d.invstd);
  x.grad_gamma = from_c(d.grad_gamma);
  x.grad_beta = from_c(d.grad_beta);
  return {};
}

}  // namespace

int poolnorm_batch_norm_backward_plan_make(poolnorm_batch_norm_backward_plan** plan,
                                           const poolnorm_batch_norm_backward_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<BatchNormBackwardDesc>(plan, options, status,
                                          [&](BatchNormBackwardDesc& d) { return read("desc", desc, d); });
}

void poolnorm_batch_norm_backward_plan_destroy(poolnorm_batch_norm_backward_plan* plan) { delete plan; }

int poolnorm_batch_norm_backward_plan_run(const poolnorm_batch_norm_backward_plan* plan,
                                          const poolnorm_batch_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    BatchNormBackwardData d;
    const Status s = read("data", data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_batch_norm_backward_plan_workspace_bytes(const poolnorm_batch_norm_backward_plan* plan,
                                                              const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_batch_norm_backward_plan_explain(const poolnorm_batch_norm_backward_plan* plan, char* buffer,
                                                      std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_group_norm_backward_plan_make(poolnorm_group_norm_backward_plan** plan,
                                           const poolnorm_group_norm_backward_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<GroupNormBackwardDesc>(plan, options, status,
                                          [&](GroupNormBackwardDesc& d) { return read(desc, d); });
}

void poolnorm_group_norm_backward_plan_destroy(poolnorm_group_norm_backward_plan* plan) { delete plan; }

int poolnorm_group_norm_backward_plan_run(const poolnorm_group_norm_backward_plan* plan,
                                          const poolnorm_group_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    GroupNormBackwardData d;
    const Status s = read(data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_group_norm_backward_plan_workspace_bytes(const poolnorm_group_norm_backward_plan* plan,
                                                              const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_group_norm_backward_plan_explain(const poolnorm_group_norm_backward_plan* plan, char* buffer,
                                                      std::size_t size) {
  return explain(plan, buffer, size);
}
