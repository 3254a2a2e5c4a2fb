// Runs gradients of average and Lp poolings.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/spread_plan.hpp"

namespace poolnorm {

struct SpreadData {
  const void* grad_dst;
  void* grad_src;
  const void *src, *dst;  // Lp: what the pooling saw, and but for p = 1 what it gave
};

// `workspace`: aligned, WorkerMemory::bytes_for(worker_bytes()) for every worker of `executor`.
void drive_spread(const SpreadPlanData& plan, const SpreadData& data, char* workspace,
                  const Executor& executor) noexcept;

// The same of some channels of an image. `memory`: worker_bytes() of initialised bytes.
void spread_channels(const SpreadPlanData& plan, const SpreadData& data, std::int64_t image, std::int64_t channel,
                     std::int64_t channels, char* memory) noexcept;

}  // namespace poolnorm
