// The gradient of local response norm, as a ResponsePlanData.
#pragma once

#include <poolnorm/local_response_norm_backward.hpp>

#include "plan/response_plan.hpp"

namespace poolnorm {

Status plan_response_gradient(const LocalResponseNormBackwardDesc& desc, const PlanOptions& options,
                              ResponsePlanData& plan) noexcept;

}  // namespace poolnorm
