// Runs plans with indices of max poolings.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/pool_walk.hpp"
#include "plan/index_plan.hpp"

namespace poolnorm {

// `workspace`: aligned, WorkerMemory::bytes_for(worker_bytes()) for every worker of `executor`.
void drive_max_indices(const MaxIndicesPlanData& plan, const void* src, void* dst, void* indices, char* workspace,
                       const Executor& executor) noexcept;

// A block of output rows, all windows of them; src has strides of its own. `memory`: worker_bytes(), initialised.
void walk_max_indices(const MaxIndicesPlanData& plan, const View<const void>& src, void* dst, void* indices,
                      const PoolBlock& block, char* memory) noexcept;

// dst, in the place of the pooling's src, is 0 and then, window by window, src at the indices: added, or stored.
// Returns how many indices were none of this geometry. `workspace`: WorkerMemory::bytes_for(worker_bytes()) for every
// worker.
std::int64_t drive_scatter(const ScatterPlanData& plan, const void* src, const void* indices, void* dst,
                           char* workspace, const Executor& executor) noexcept;

// The same of some channels of an image. `memory`: worker_bytes().
std::int64_t scatter_channels(const ScatterPlanData& plan, const void* src, const void* indices, void* dst,
                              std::int64_t image, std::int64_t channel, std::int64_t channels, char* memory) noexcept;

}  // namespace poolnorm
