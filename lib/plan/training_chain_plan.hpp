// What a TrainingChainPlan holds: the plans of its parts, which share one walk.
#pragma once

#include <poolnorm/training_chain.hpp>

#include "plan/chain_plan.hpp"
#include "plan/channel_norm_plan.hpp"
#include "plan/index_plan.hpp"

namespace poolnorm {

struct TrainingChainPlanData {
  ChannelNormPlanData norm;  // statistics and parameters
  ChainPlanData chain;       // from src to the pool's dst, by a map that comes late
  MaxIndicesPlanData indices;
  bool has_indices = false, writes_t = false;
  std::int64_t mask_steps[max_rank] = {};  // bits along N, C, D, H, W

  const PoolGeometry& pool() const noexcept { return chain.pools[0].pool.geometry; }
};

// Fills a value-initialised plan.
Status plan_training_chain(const TrainingChainDesc& desc, const PlanOptions& options,
                           TrainingChainPlanData& plan) noexcept;

// What forward and backward ask of a pool behind a norm of `src`: its own fields, and t, which it is to pool. A dst that is not given lies as
// src does: t is another tensor forward than backward.
Status check_pool_behind(const PoolDesc& pool, bool with_indices, const TensorDesc& indices, IndexType index_type,
                         const TensorDesc& src, const TensorDesc& t, PoolDesc& checked) noexcept;

// Refuses a pool that would need more of a worker's memory than 64 bits can count together with all else.
Status check_pool_memory(std::int64_t bytes) noexcept;

}  // namespace poolnorm
