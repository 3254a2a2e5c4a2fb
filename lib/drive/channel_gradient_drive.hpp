// Runs the gradients of norms over channels.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/channel_rounds.hpp"

namespace poolnorm {

// A run's pointers, already checked; null where there is none.
struct ChannelGradientRun {
  const void *src, *grad_dst;
  void *grad_src, *grad_residual;
  const std::uint8_t* mask;
  Numbers gamma;
  Numbers mean, mean_low, invstd, variance;  // sets * groups
  MutableNumbers grad_gamma, grad_beta;
};

ChannelNormMemory channel_gradient_memory(const ChannelNormPlanData& plan, int workers) noexcept;

void drive_channel_gradient(const ChannelNormPlanData& plan, const ChannelGradientRun& run, const Executor& executor,
                            char* workspace) noexcept;

}  // namespace poolnorm
