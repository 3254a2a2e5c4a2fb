// What a TrainingChainBackwardPlan holds: the gradient of a pool, and of the norm before it.
#pragma once

#include "plan/channel_gradient_plan.hpp"
#include "plan/collect_plan.hpp"
#include "plan/spread_plan.hpp"
#include "plan/training_chain_plan.hpp"

namespace poolnorm {

struct TrainingChainBackwardPlanData {
  ChannelNormPlanData norm;
  IndexGradientPlanData maximum;
  SpreadPlanData average;
  bool has_indices = false;

  const PoolGeometry& pool() const noexcept { return has_indices ? maximum.pool() : average.geometry; }
  std::int64_t pool_bytes() const noexcept { return has_indices ? maximum.worker_bytes() : average.worker_bytes(); }
};

// Fills a value-initialised plan.
Status plan_training_chain_backward(const TrainingChainBackwardDesc& desc, const PlanOptions& options,
                                    TrainingChainBackwardPlanData& plan) noexcept;

}  // namespace poolnorm
