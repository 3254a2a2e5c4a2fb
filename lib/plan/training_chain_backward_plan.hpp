// What a TrainingChainBackwardPlan holds: the gradient of a pool, and of the norm before it.
#pragma once

#include "plan/channel_gradient_plan.hpp"
#include "plan/spread_plan.hpp"
#include "plan/training_chain_plan.hpp"

namespace poolnorm {

struct TrainingChainBackwardPlanData {
  ChannelNormPlanData norm;
  ScatterPlanData scatter;  // of a max
  SpreadPlanData spread;    // of an average
  bool has_indices = false;

  const PoolGeometry& pool() const noexcept { return has_indices ? scatter.geometry.pool : spread.geometry; }
  std::int64_t pool_bytes() const noexcept { return has_indices ? scatter.worker_bytes() : spread.worker_bytes(); }
};

// Fills a value-initialised plan.
Status plan_training_chain_backward(const TrainingChainBackwardDesc& desc, const PlanOptions& options,
                                    TrainingChainBackwardPlanData& plan) noexcept;

}  // namespace poolnorm
