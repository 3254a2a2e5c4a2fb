// What the plans of elementwise norms have in common.
#pragma once

#include <poolnorm/elements.hpp>
#include <poolnorm/status.hpp>

#include <cstddef>

#include "plan/norm_plan.hpp"

namespace poolnorm {

// The data of one run. An empty tensor may have none.
Status check_norm_run(const NormPlanData& plan, const ConstElements& src, const ConstElements& residual,
                      const Elements& dst) noexcept;

// `plan` may be null.
std::size_t explain_norm(const char* name, const NormPlanData* plan, char* buffer, std::size_t size) noexcept;

}  // namespace poolnorm
