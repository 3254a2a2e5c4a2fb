// Runs a norm plan: cuts it into tasks, each one call of the affine kernel.
#pragma once

#include <poolnorm/executor.hpp>

#include "plan/norm_plan.hpp"

namespace poolnorm {

// `scale`: of every image and channel, where the plan excites.
void drive_norm(const NormPlanData& plan, const void* src, const void* scale, const void* residual, void* dst,
                const Executor& executor) noexcept;

}  // namespace poolnorm
