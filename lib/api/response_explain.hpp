// What local response norm and its gradient say of themselves.
#pragma once

#include <cstddef>

#include "plan/response_plan.hpp"

namespace poolnorm {

std::size_t explain_response(const char* operation, const ResponsePlanData* plan, char* buffer,
                             std::size_t size) noexcept;

}  // namespace poolnorm
