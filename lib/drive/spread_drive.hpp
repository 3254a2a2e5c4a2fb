// Runs gradients of average poolings.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/spread_plan.hpp"

namespace poolnorm {

// `workspace`: align_workspace()d, with worker_bytes() for every worker of `executor`.
void drive_spread(const SpreadPlanData& plan, const float* grad_dst, float* grad_src, char* workspace,
                  const Executor& executor) noexcept;

}  // namespace poolnorm
