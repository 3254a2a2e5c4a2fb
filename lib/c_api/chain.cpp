// ChainPlan and the chains by name, for C.
#include <poolnorm/c/chain.h>
#include <poolnorm/chain.hpp>

#include <algorithm>
#include <cstdio>

#include "c_api/answer.hpp"
#include "c_api/norm.hpp"
#include "c_api/plan.hpp"
#include "c_api/pool.hpp"
#include "c_api/quantization.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

static_assert(POOLNORM_MAX_CHAIN_POOLS == max_chain_pools);

// Before there were quantisations.
template <>
inline constexpr std::size_t poolnorm::c_api::known_sizes<poolnorm_chain_pool>[] = {
    offsetof(poolnorm_chain_pool, after_quantization), sizeof(poolnorm_chain_pool)};
template <>
inline constexpr std::size_t poolnorm::c_api::known_sizes<poolnorm_chain_desc>[] = {
    offsetof(poolnorm_chain_desc, src_quantization), sizeof(poolnorm_chain_desc)};

struct poolnorm_chain_plan {
  ChainPlan plan;
};

namespace {

// "desc.pools[1]", "desc.pools[1].after".
struct StageName {
  char text[48];
  StageName(int i, const char* field) noexcept { std::snprintf(text, sizeof text, "desc.pools[%d]%s", i, field); }
};

Status read_pool(int i, const poolnorm_chain_pool* c, ChainPool& pool) noexcept {
  poolnorm_chain_pool p = poolnorm_chain_pool_init(nullptr);
  const StageName name(i, "");
  if (const Status s = read_struct(name.text, c, p); !s) return s;
  if (const Status s = check_reserved(name.text, p.reserved); !s) return s;
  if (const Status s = read(StageName(i, ".pool").text, p.pool, pool.pool); !s) return s;
  pool.of = p.of;
  pool.activation = from_c(p.activation);
  pool.after_quantization = from_c(p.after_quantization);
  return p.after == nullptr ? Status() : read(StageName(i, ".after").text, p.after, pool.after);
}

// The caller's version decides how far apart the elements of `pools` are.
Status read_pools(const poolnorm_chain_desc& c, ChainDesc& desc) noexcept {
  desc.pool_count = c.pool_count;
  const int count = std::min<int>(c.pool_count, max_chain_pools);  // more are refused by make()
  if (count > 0 && c.pools == nullptr) return invalid("desc.pools is null");
  const auto* at = reinterpret_cast<const char*>(c.pools);
  for (int i = 0; i < count; ++i) {
    const auto* const pool = reinterpret_cast<const poolnorm_chain_pool*>(at);
    if (pool->struct_size != c.pools->struct_size) {  // before a larger one is read
      return invalid("desc.pools[%d].struct_size is %zu, must be that of pools[0], %zu", i, pool->struct_size,
                     c.pools->struct_size);
    }
    if (const Status s = read_pool(i, pool, desc.pools[i]); !s) return s;
    at += pool->struct_size;
  }
  return {};
}

Status read_chain(const poolnorm_chain_desc* c, ChainDesc& desc) noexcept {
  poolnorm_chain_desc d = poolnorm_chain_desc_init();
  if (const Status s = read_struct("desc", c, d); !s) return s;
  desc.src = from_c(d.src);
  desc.residual = from_c(d.residual);
  desc.activation = from_c(d.activation);
  desc.intermediate = from_c(d.intermediate);
  desc.intermediate_type = static_cast<ElementType>(d.intermediate_type);
  desc.src_quantization = from_c(d.src_quantization);
  desc.residual_quantization = from_c(d.residual_quantization);
  desc.intermediate_quantization = from_c(d.intermediate_quantization);
  desc.rounding = static_cast<Rounding>(d.rounding);
  if (const Status s = check_reserved("desc", d.reserved); !s) return s;
  if (d.before != nullptr) {
    if (const Status s = read("desc.before", d.before, desc.before); !s) return s;
  }
  return read_pools(d, desc);
}

Status read_data(const poolnorm_chain_data* c, ChainData& data) noexcept {
  poolnorm_chain_data d = poolnorm_chain_data_init();
  if (const Status s = read_struct("data", c, d); !s) return s;
  data.src = d.src;
  data.residual = d.residual;
  data.intermediate = d.intermediate;
  std::copy_n(d.dst, max_chain_pools, data.dst);
  return {};
}

}  // namespace

int poolnorm_chain_plan_make(poolnorm_chain_plan** plan, const poolnorm_chain_desc* desc,
                             const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<ChainDesc>(plan, options, status, [&](ChainDesc& d) { return read_chain(desc, d); });
}

void poolnorm_chain_plan_destroy(poolnorm_chain_plan* plan) { delete plan; }

int poolnorm_chain_plan_run(const poolnorm_chain_plan* plan, const poolnorm_chain_data* data,
                            const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    ChainData d;
    const Status s = read_data(data, d);
    return s ? p.run(d, c) : s;
  });
}

std::size_t poolnorm_chain_plan_workspace_bytes(const poolnorm_chain_plan* plan, const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

poolnorm_tensor_desc poolnorm_chain_plan_dst(const poolnorm_chain_plan* plan, std::int32_t i) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.dst(i));
}

std::size_t poolnorm_chain_plan_explain(const poolnorm_chain_plan* plan, char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_chain(const poolnorm_chain_desc* desc, const poolnorm_chain_data* data, poolnorm_status* status) {
  ChainDesc c;
  ChainData d;
  Status s = read_chain(desc, c);
  if (s) s = read_data(data, d);
  return answer(s ? chain(c, d) : s, status);
}

int poolnorm_fused_stem(const poolnorm_batch_norm_desc* norm, const void* src, void* dst, const poolnorm_window* window,
                        poolnorm_status* status) {
  BatchNormDesc n;
  if (const Status s = read("norm", norm, n); !s) return answer(s, status);
  return answer(window == nullptr ? fused_stem(n, src, dst) : fused_stem(n, src, dst, from_c(*window)), status);
}

int poolnorm_fused_residual(const poolnorm_batch_norm_desc* norm, const void* src, const void* residual, void* dst,
                            poolnorm_status* status) {
  BatchNormDesc n;
  const Status s = read("norm", norm, n);
  return answer(s ? fused_residual(n, src, residual, dst) : s, status);
}

int poolnorm_fused_head(const poolnorm_batch_norm_desc* norm, const void* src, void* dst, poolnorm_status* status) {
  BatchNormDesc n;
  const Status s = read("norm", norm, n);
  return answer(s ? fused_head(n, src, dst) : s, status);
}

int poolnorm_fused_transition(const poolnorm_batch_norm_desc* norm, const void* src, void* dst,
                              const poolnorm_window* window, poolnorm_status* status) {
  BatchNormDesc n;
  if (const Status s = read("norm", norm, n); !s) return answer(s, status);
  return answer(window == nullptr ? fused_transition(n, src, dst) : fused_transition(n, src, dst, from_c(*window)),
                status);
}
