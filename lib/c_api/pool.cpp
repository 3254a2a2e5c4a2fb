// PoolPlan and the poolings by name, for C.
#include "c_api/pool_by_name.hpp"

#include "c_api/answer.hpp"
#include "c_api/plan.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_pool_plan {
  PoolPlan plan;
};

int poolnorm_pool_plan_make(poolnorm_pool_plan** plan, const poolnorm_pool_desc* desc,
                            const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<PoolDesc>(plan, options, status, [&](PoolDesc& d) { return read("desc", desc, d); });
}

void poolnorm_pool_plan_destroy(poolnorm_pool_plan* plan) { delete plan; }

int poolnorm_pool_plan_run(const poolnorm_pool_plan* plan, const void* src, void* dst,
                           const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) { return p.run(src, dst, c); });
}

std::size_t poolnorm_pool_plan_workspace_bytes(const poolnorm_pool_plan* plan, const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

poolnorm_tensor_desc poolnorm_pool_plan_dst(const poolnorm_pool_plan* plan) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.dst());
}

std::size_t poolnorm_pool_plan_explain(const poolnorm_pool_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_pool_output(const poolnorm_pool_desc* desc, poolnorm_tensor_desc* dst, poolnorm_status* status) {
  if (dst == nullptr) return answer(invalid("dst is null"), status);
  PoolDesc d;
  if (const Status s = read("desc", desc, d); !s) return answer(s, status);
  const Result<TensorDesc> output = pool_output(d);
  if (output) *dst = to_c(output.value);
  return answer(output.status, status);
}

int poolnorm_pool(const poolnorm_pool_desc* desc, const void* src, void* dst, poolnorm_status* status) {
  PoolDesc d;
  const Status s = read("desc", desc, d);
  return answer(s ? pool(d, src, dst) : s, status);
}

int poolnorm_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst, const poolnorm_window* window,
                      poolnorm_status* status) {
  return slide(src_desc, window, status,
               [&](const TensorDesc& t, const Window& w) { return max_pool(src, t, dst, w); });
}

int poolnorm_min_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst, const poolnorm_window* window,
                      poolnorm_status* status) {
  return slide(src_desc, window, status,
               [&](const TensorDesc& t, const Window& w) { return min_pool(src, t, dst, w); });
}

int poolnorm_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                          const poolnorm_window* window, std::int32_t divisor, poolnorm_status* status) {
  return slide(src_desc, window, status, [&](const TensorDesc& t, const Window& w) {
    return average_pool(src, t, dst, w, static_cast<Divisor>(divisor));
  });
}

int poolnorm_lp_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst, const poolnorm_window* window,
                     double p, poolnorm_status* status) {
  return slide(src_desc, window, status,
               [&](const TensorDesc& t, const Window& w) { return lp_pool(src, t, dst, w, p); });
}

int poolnorm_adaptive_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                               const poolnorm_spatial* output, poolnorm_status* status) {
  return adapt(src_desc, output, status,
               [&](const TensorDesc& t, const Spatial& o) { return adaptive_max_pool(src, t, dst, o); });
}

int poolnorm_adaptive_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                   const poolnorm_spatial* output, poolnorm_status* status) {
  return adapt(src_desc, output, status,
               [&](const TensorDesc& t, const Spatial& o) { return adaptive_average_pool(src, t, dst, o); });
}

int poolnorm_global_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                             poolnorm_status* status) {
  return reduce(src_desc, status, [&](const TensorDesc& t) { return global_max_pool(src, t, dst); });
}

int poolnorm_global_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                 poolnorm_status* status) {
  return reduce(src_desc, status, [&](const TensorDesc& t) { return global_average_pool(src, t, dst); });
}

int poolnorm_global_lp_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst, double p,
                            poolnorm_status* status) {
  return reduce(src_desc, status, [&](const TensorDesc& t) { return global_lp_pool(src, t, dst, p); });
}
