// Runs local response norms.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/response_plan.hpp"

namespace poolnorm {

// `workspace`: aligned, with worker_bytes() for every worker of `executor`.
void drive_response(const ResponsePlanData& plan, const void* src, void* dst, char* workspace,
                    const Executor& executor) noexcept;

}  // namespace poolnorm
