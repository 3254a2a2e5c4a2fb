// Runs a chain: loads bands of units, and walks the pools over them while they are in the cache.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/chain_plan.hpp"

namespace poolnorm {

// `workspace`: aligned, with worker_bytes() for every worker of `executor`.
void drive_chain(const ChainPlanData& plan, const ChainData& data, char* workspace, const Executor& executor) noexcept;

}  // namespace poolnorm
