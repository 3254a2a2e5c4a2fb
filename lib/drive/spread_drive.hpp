// Runs gradients of average and Lp poolings.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/spread_plan.hpp"

namespace poolnorm {

struct SpreadData {
  const void* grad_dst;
  void* grad_src;
  const void *src, *dst;  // Lp: what the pooling saw, and with p = 2 what it gave
};

// `workspace`: align_workspace()d, with worker_bytes() for every worker of `executor`.
void drive_spread(const SpreadPlanData& plan, const SpreadData& data, char* workspace,
                  const Executor& executor) noexcept;

}  // namespace poolnorm
