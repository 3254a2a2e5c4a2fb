// Runs training chains back.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/channel_gradient_drive.hpp"
#include "plan/training_chain_backward_plan.hpp"

namespace poolnorm {

// What the pool left behind, as far as its gradient reads it.
struct ForwardPool {
  const void *t, *dst, *indices;
};

ChannelNormMemory training_chain_backward_memory(const TrainingChainBackwardPlanData& plan, int workers) noexcept;

// `norm`: its grad_dst is the pool's. `workspace`: of training_chain_backward_memory(). Returns how many indices were
// none of this geometry.
std::int64_t drive_training_chain_backward(const TrainingChainBackwardPlanData& plan, const ChannelGradientRun& norm,
                                           const ForwardPool& forward, const Executor& executor,
                                           char* workspace) noexcept;

}  // namespace poolnorm
