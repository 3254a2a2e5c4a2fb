// Gradients of averages and Lp poolings of planes: by blocks of small windows, or where one window sees all of a plane.
#pragma once

#include "drive/spread_drive.hpp"

namespace poolnorm {

// Rows [begin, end) of grad_src, slices one behind the other, of `channels` channels of an image. `memory`: worker_bytes() of the plan, whose way is not rows.
void spread_planes(const SpreadPlanData& plan, const SpreadData& data, std::int64_t image, std::int64_t channel,
                   std::int64_t channels, std::int64_t begin, std::int64_t end, char* memory) noexcept;

}  // namespace poolnorm
