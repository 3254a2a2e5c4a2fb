// What a TrainingChainBackwardPlan holds: the gradient of a pool, and of the norm before it.
#pragma once

#include "plan/channel_gradient_plan.hpp"
#include "plan/collect_plan.hpp"
#include "plan/spread_plan.hpp"
#include "plan/training_chain_plan.hpp"

namespace poolnorm {

struct TrainingChainBackwardPlanData {
  ChannelNormPlanData norm;
  WayBackPlanData maximum;
  SpreadPlanData spread;  // of average and Lp pools
  bool has_indices = false;

  const PoolGeometry& pool() const noexcept { return has_indices ? maximum.pool() : spread.geometry; }
  std::int64_t pool_bytes() const noexcept { return has_indices ? maximum.channels_bytes() : spread.worker_bytes(); }
  // What the pool saw and gave, where its gradient asks.
  bool reads_t() const noexcept { return pool().op == PoolOp::lp; }
  bool reads_dst() const noexcept { return reads_t() && spread.divides_by_norm(); }
};

// Fills a value-initialised plan.
Status plan_training_chain_backward(const TrainingChainBackwardDesc& desc, const PlanOptions& options,
                                    TrainingChainBackwardPlanData& plan) noexcept;

}  // namespace poolnorm
