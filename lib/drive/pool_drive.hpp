// Runs a pooling plan: cuts it into tasks and walks output rows through the row stages.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/pool_plan.hpp"

namespace poolnorm {

// `workspace`: aligned, WorkerMemory::bytes_for(worker_bytes()) for every worker of `executor`.
void drive_pool(const PoolPlanData& plan, const void* src, void* dst, char* workspace,
                const Executor& executor) noexcept;

}  // namespace poolnorm
