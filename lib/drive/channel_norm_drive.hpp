// Runs norms whose statistics are those of whole channels: batch norm in training, group norm.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/channel_rounds.hpp"
#include "drive/settle.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

// A run's pointers, already checked; null where there is none.
struct ChannelNormRun {
  const void* src;
  const void* residual;
  void* dst;
  Numbers gamma, beta;
  RunningStatistics running;
  SavedStatistics saved;  // sets * groups
  std::uint8_t* mask;
  const Moments* given;  // sets * groups statistics to use instead of src's own
  Moments* wanted;       // src's own go here, and nothing is normalised
};

ChannelNormMemory channel_norm_memory(const ChannelNormPlanData& plan, int workers) noexcept;

void drive_channel_norm(const ChannelNormPlanData& plan, const ChannelNormRun& run, const Executor& executor,
                        char* workspace) noexcept;

}  // namespace poolnorm
