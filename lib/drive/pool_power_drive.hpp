// Runs Lp poolings of any power.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/pool_plan.hpp"

namespace poolnorm {

// As drive_pool(), of a geometry that raises().
void drive_powers(const PoolPlanData& plan, const void* src, void* dst, char* workspace,
                  const Executor& executor) noexcept;

}  // namespace poolnorm
