// MaxPoolBackwardPlan, AveragePoolBackwardPlan and LpPoolBackwardPlan for C.
#include <poolnorm/c/pool_backward.h>
#include <poolnorm/pool_backward.hpp>

#include "c_api/max_indices.hpp"
#include "c_api/plan.hpp"
#include "c_api/pool.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_max_pool_backward_plan {
  MaxPoolBackwardPlan plan;
};

struct poolnorm_average_pool_backward_plan {
  AveragePoolBackwardPlan plan;
};

struct poolnorm_lp_pool_backward_plan {
  LpPoolBackwardPlan plan;
};

int poolnorm_max_pool_backward_plan_make(poolnorm_max_pool_backward_plan** plan, const poolnorm_max_indices_desc* desc,
                                         const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<MaxIndicesDesc>(plan, options, status, [&](MaxIndicesDesc& d) { return read("desc", desc, d); });
}

void poolnorm_max_pool_backward_plan_destroy(poolnorm_max_pool_backward_plan* plan) { delete plan; }

int poolnorm_max_pool_backward_plan_run(const poolnorm_max_pool_backward_plan* plan, const void* grad_dst,
                                        const void* indices, void* grad_src, const poolnorm_run_context* context,
                                        std::int64_t* skipped, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(grad_dst, indices, grad_src, c, skipped); });
}

std::size_t poolnorm_max_pool_backward_plan_workspace_bytes(const poolnorm_max_pool_backward_plan* plan,
                                                            const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_max_pool_backward_plan_explain(const poolnorm_max_pool_backward_plan* plan, char* buffer,
                                                    std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_average_pool_backward_plan_make(poolnorm_average_pool_backward_plan** plan, const poolnorm_pool_desc* desc,
                                             const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<PoolDesc>(plan, options, status, [&](PoolDesc& d) { return read("desc", desc, d); });
}

void poolnorm_average_pool_backward_plan_destroy(poolnorm_average_pool_backward_plan* plan) { delete plan; }

int poolnorm_average_pool_backward_plan_run(const poolnorm_average_pool_backward_plan* plan, const void* grad_dst,
                                            void* grad_src, const poolnorm_run_context* context,
                                            poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(grad_dst, grad_src, c); });
}

std::size_t poolnorm_average_pool_backward_plan_workspace_bytes(const poolnorm_average_pool_backward_plan* plan,
                                                                const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_average_pool_backward_plan_explain(const poolnorm_average_pool_backward_plan* plan, char* buffer,
                                                        std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_lp_pool_backward_plan_make(poolnorm_lp_pool_backward_plan** plan, const poolnorm_pool_desc* desc,
                                        const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<PoolDesc>(plan, options, status, [&](PoolDesc& d) { return read("desc", desc, d); });
}

void poolnorm_lp_pool_backward_plan_destroy(poolnorm_lp_pool_backward_plan* plan) { delete plan; }

int poolnorm_lp_pool_backward_plan_run(const poolnorm_lp_pool_backward_plan* plan, const void* src, const void* dst,
                                       const void* grad_dst, void* grad_src, const poolnorm_run_context* context,
                                       poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, dst, grad_dst, grad_src, c); });
}

std::size_t poolnorm_lp_pool_backward_plan_workspace_bytes(const poolnorm_lp_pool_backward_plan* plan,
                                                           const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_lp_pool_backward_plan_explain(const poolnorm_lp_pool_backward_plan* plan, char* buffer,
                                                   std::size_t size) {
  return explain(plan, buffer, size);
}
