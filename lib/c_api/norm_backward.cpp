// BatchNormBackwardPlan and GroupNormBackwardPlan for C.
#include <poolnorm/c/norm_backward.h>
#include <poolnorm/norm_backward.hpp>

#include "c_api/norm.hpp"
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
  return make_plan<BatchNormBackwardDesc>(plan, options, status,
                                          [&](BatchNormBackwardDesc& d) { return read(desc, d); });
}

void poolnorm_batch_norm_backward_plan_destroy(poolnorm_batch_norm_backward_plan* plan) { delete plan; }

int poolnorm_batch_norm_backward_plan_run(const poolnorm_batch_norm_backward_plan* plan,
                                          const poolnorm_batch_norm_backward_data* data,
                                          const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    BatchNormBackwardData d;
    const Status s = read(data, d);
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
