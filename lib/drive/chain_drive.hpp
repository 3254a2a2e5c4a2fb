// Runs a chain: loads bands of units, and walks the pools over them while they are in the cache.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/chain_walk.hpp"

namespace poolnorm {

// `workspace`: aligned, WorkerMemory::bytes_for(worker_bytes()) for every worker of `executor`.
void drive_chain(const ChainPlanData& plan, const ChainData& data, char* workspace, const Executor& executor) noexcept;

// One of plan.tasks tasks, in a worker's memory, of which the pools' part is initialised.
void run_chain_task(const ChainRun& run, std::int64_t task, char* memory) noexcept;

}  // namespace poolnorm
