// Runs the gradient of max pooling with indices.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/collect_plan.hpp"

namespace poolnorm {

// Returns how many indices were none of this geometry. `workspace`: align_workspace()d, with
// WorkerMemory::bytes_for(plan.worker_bytes()) for every worker.
std::int64_t drive_index_gradient(const IndexGradientPlanData& plan, const void* grad_dst, const void* indices,
                                  void* grad_src, char* workspace, const Executor& executor) noexcept;

// The same of some channels of an image. `memory`: worker_bytes().
std::int64_t index_gradient_channels(const IndexGradientPlanData& plan, const void* grad_dst, const void* indices,
                                     void* grad_src, std::int64_t image, std::int64_t channel, std::int64_t channels,
                                     char* memory) noexcept;

}  // namespace poolnorm
