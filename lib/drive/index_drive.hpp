// Runs plans with indices of max poolings.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/index_plan.hpp"

namespace poolnorm {

// `workspace`: align_workspace()d, with worker_bytes() for every worker of `executor`.
void drive_max_indices(const MaxIndicesPlanData& plan, const void* src, void* dst, void* indices, char* workspace,
                       const Executor& executor) noexcept;

// dst, in the place of the pooling's src, is 0 and then, window by window, src at the indices: added, or stored.
// Returns how many indices were none of this geometry.
std::int64_t drive_scatter(const ScatterPlanData& plan, bool add, const void* src, const void* indices, void* dst,
                           char* workspace, const Executor& executor) noexcept;

}  // namespace poolnorm
