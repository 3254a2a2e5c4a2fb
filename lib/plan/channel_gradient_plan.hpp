// Plans of the gradients of norms over channels: a ChannelNormPlanData with one more input.
#pragma once

#include <poolnorm/norm_backward.hpp>

#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

// `plan` may say from_pool.
Status plan_channel_gradient(const BatchNormBackwardDesc& desc, const PlanOptions& options,
                             ChannelNormPlanData& plan) noexcept;
Status plan_channel_gradient(const GroupNormBackwardDesc& desc, const PlanOptions& options,
                             ChannelNormPlanData& plan) noexcept;

}  // namespace poolnorm
