// MaxIndicesPlan and MaxUnpoolPlan for C.
#include "c_api/max_indices.hpp"

#include "c_api/plan.hpp"
#include "c_api/pool.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

struct poolnorm_max_indices_plan {
  MaxIndicesPlan plan;
};

struct poolnorm_max_unpool_plan {
  MaxUnpoolPlan plan;
};

namespace poolnorm::c_api {

// `index_order` and what follows came later.
template <>
inline constexpr std::size_t known_sizes<poolnorm_max_indices_desc>[] = {
    offsetof(poolnorm_max_indices_desc, index_order), sizeof(poolnorm_max_indices_desc)};

Status read(const char* name, const poolnorm_max_indices_desc* c, MaxIndicesDesc& desc) noexcept {
  poolnorm_max_indices_desc d = poolnorm_max_indices_desc_init(nullptr);
  if (const Status s = read_struct(name, c, d); !s) return s;
  if (const Status s = check_reserved(name, d.reserved); !s) return s;
  if (const Status s = read("desc.pool", d.pool, desc.pool); !s) return s;
  desc.indices = from_c(d.indices);
  desc.index_type = static_cast<IndexType>(d.index_type);
  desc.index_order = static_cast<IndexOrder>(d.index_order);
  desc.index_scope = static_cast<IndexScope>(d.index_scope);
  return {};
}

}  // namespace poolnorm::c_api

int poolnorm_max_indices_plan_make(poolnorm_max_indices_plan** plan, const poolnorm_max_indices_desc* desc,
                                   const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<MaxIndicesDesc>(plan, options, status, [&](MaxIndicesDesc& d) { return read("desc", desc, d); });
}

void poolnorm_max_indices_plan_destroy(poolnorm_max_indices_plan* plan) { delete plan; }

int poolnorm_max_indices_plan_run(const poolnorm_max_indices_plan* plan, const void* src, void* dst, void* indices,
                                  const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, dst, indices, c); });
}

std::size_t poolnorm_max_indices_plan_workspace_bytes(const poolnorm_max_indices_plan* plan,
                                                      const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

poolnorm_tensor_desc poolnorm_max_indices_plan_dst(const poolnorm_max_indices_plan* plan) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.dst());
}

poolnorm_tensor_desc poolnorm_max_indices_plan_indices(const poolnorm_max_indices_plan* plan) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.indices());
}

std::size_t poolnorm_max_indices_plan_explain(const poolnorm_max_indices_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_max_unpool_plan_make(poolnorm_max_unpool_plan** plan, const poolnorm_max_indices_desc* desc,
                                  const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<MaxIndicesDesc>(plan, options, status, [&](MaxIndicesDesc& d) { return read("desc", desc, d); });
}

void poolnorm_max_unpool_plan_destroy(poolnorm_max_unpool_plan* plan) { delete plan; }

int poolnorm_max_unpool_plan_run(const poolnorm_max_unpool_plan* plan, const void* src, const void* indices, void* dst,
                                 const poolnorm_run_context* context, std::int64_t* skipped, poolnorm_status* status) {
  return run_plan(plan, context, status,
                  [&](const auto& p, const RunContext& c) { return p.run(src, indices, dst, c, skipped); });
}

std::size_t poolnorm_max_unpool_plan_workspace_bytes(const poolnorm_max_unpool_plan* plan,
                                                     const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_max_unpool_plan_explain(const poolnorm_max_unpool_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}
