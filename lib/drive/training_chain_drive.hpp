// Runs training chains forward.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/channel_norm_drive.hpp"
#include "plan/training_chain_plan.hpp"

namespace poolnorm {

ChannelNormMemory training_chain_memory(const TrainingChainPlanData& plan, int workers) noexcept;

// `norm`: its dst is t. `workspace`: of training_chain_memory().
void drive_training_chain(const TrainingChainPlanData& plan, const ChannelNormRun& norm, void* dst, void* indices,
                          const Executor& executor, char* workspace) noexcept;

}  // namespace poolnorm
