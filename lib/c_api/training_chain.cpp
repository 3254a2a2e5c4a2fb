// TrainingChainPlan and TrainingChainBackwardPlan for C.
#include <poolnorm/c/training_chain.h>
#include <poolnorm/training_chain.hpp>

#include <cstddef>

#include "c_api/batch_norm_training.hpp"
#include "c_api/moments.hpp"
#include "c_api/norm_backward.hpp"
#include "c_api/plan.hpp"
#include "c_api/pool.hpp"
#include "c_api/tensor.hpp"
#include "c_api/versioned.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

// `t` and `dst` came later.
template <>
inline constexpr std::size_t poolnorm::c_api::known_sizes<poolnorm_training_chain_backward_data>[] = {
    offsetof(poolnorm_training_chain_backward_data, t), sizeof(poolnorm_training_chain_backward_data)};

struct poolnorm_training_chain_plan {
  TrainingChainPlan plan;
};

struct poolnorm_training_chain_backward_plan {
  TrainingChainBackwardPlan plan;
};

namespace {

// The descriptors of both ways have the same fields.
template <class C, class Desc>
Status read_desc(const C* c, C d, Desc& x) noexcept {
  if (const Status s = read_struct("desc", c, d); !s) return s;
  if (const Status s = read("desc.norm", d.norm, x.norm); !s) return s;
  if (const Status s = read("desc.pool", d.pool, x.pool); !s) return s;
  x.with_indices = d.with_indices != 0;
  x.indices = from_c(d.indices);
  x.index_type = static_cast<IndexType>(d.index_type);
  return {};
}

Status read_data(const poolnorm_training_chain_data* c, TrainingChainData& x) noexcept {
  poolnorm_training_chain_data d = poolnorm_training_chain_data_init(nullptr);
  if (const Status s = read_struct("data", c, d); !s) return s;
  x.dst = d.dst;
  x.indices = d.indices;
  return read("data.norm", d.norm, x.norm);
}

Status read_data(const poolnorm_training_chain_backward_data* c, TrainingChainBackwardData& x) noexcept {
  poolnorm_training_chain_backward_data d = poolnorm_training_chain_backward_data_init(nullptr);
  if (const Status s = read_struct("data", c, d); !s) return s;
  x.grad_dst = d.grad_dst;
  x.indices = d.indices;
  x.t = d.t;
  x.dst = d.dst;
  return read("data.norm", d.norm, x.norm);
}

}  // namespace

int poolnorm_training_chain_plan_make(poolnorm_training_chain_plan** plan, const poolnorm_training_chain_desc* desc,
                                      const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<TrainingChainDesc>(plan, options, status, [&](TrainingChainDesc& d) {
    return read_desc(desc, poolnorm_training_chain_desc_init(nullptr, nullptr), d);
  });
}

void poolnorm_training_chain_plan_destroy(poolnorm_training_chain_plan* plan) { delete plan; }

int poolnorm_training_chain_plan_run(const poolnorm_training_chain_plan* plan, const poolnorm_training_chain_data* data,
                                     const poolnorm_run_context* context, poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    TrainingChainData d;
    const Status s = read_data(data, d);
    return s ? p.run(d, c) : s;
  });
}

int poolnorm_training_chain_plan_apply(const poolnorm_training_chain_plan* plan, const poolnorm_moments* moments,
                                       const poolnorm_training_chain_data* data, const poolnorm_run_context* context,
                                       poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    TrainingChainData d;
    const Status s = read_data(data, d);
    return s ? p.apply(moments_of(moments), d, c) : s;
  });
}

std::size_t poolnorm_training_chain_plan_workspace_bytes(const poolnorm_training_chain_plan* plan,
                                                         const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_training_chain_plan_mask_bytes(const poolnorm_training_chain_plan* plan) {
  return plan == nullptr ? 0 : plan->plan.mask_bytes();
}

poolnorm_tensor_desc poolnorm_training_chain_plan_dst(const poolnorm_training_chain_plan* plan) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.dst());
}

poolnorm_tensor_desc poolnorm_training_chain_plan_indices(const poolnorm_training_chain_plan* plan) {
  return plan == nullptr ? poolnorm_tensor_desc{} : to_c(plan->plan.indices());
}

std::size_t poolnorm_training_chain_plan_explain(const poolnorm_training_chain_plan* plan, char* buffer,
                                                 std::size_t size) {
  return explain(plan, buffer, size);
}

int poolnorm_training_chain_backward_plan_make(poolnorm_training_chain_backward_plan** plan,
                                               const poolnorm_training_chain_backward_desc* desc,
                                               const poolnorm_plan_options* options, poolnorm_status* status) {
  return make_plan<TrainingChainBackwardDesc>(plan, options, status, [&](TrainingChainBackwardDesc& d) {
    return read_desc(desc, poolnorm_training_chain_backward_desc_init(nullptr, nullptr), d);
  });
}

void poolnorm_training_chain_backward_plan_destroy(poolnorm_training_chain_backward_plan* plan) { delete plan; }

int poolnorm_training_chain_backward_plan_run(const poolnorm_training_chain_backward_plan* plan,
                                              const poolnorm_training_chain_backward_data* data,
                                              const poolnorm_run_context* context, std::int64_t* skipped,
                                              poolnorm_status* status) {
  return run_plan(plan, context, status, [&](const auto& p, const RunContext& c) {
    TrainingChainBackwardData d;
    const Status s = read_data(data, d);
    return s ? p.run(d, c, skipped) : s;
  });
}

std::size_t poolnorm_training_chain_backward_plan_workspace_bytes(const poolnorm_training_chain_backward_plan* plan,
                                                                  const poolnorm_executor* executor) {
  return workspace_bytes(plan, executor);
}

std::size_t poolnorm_training_chain_backward_plan_explain(const poolnorm_training_chain_backward_plan* plan,
                                                          char* buffer, std::size_t size) {
  return explain(plan, buffer, size);
}
