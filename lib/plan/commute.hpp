// When a norm may follow a max instead of going before it.
#pragma once

#include "plan/chain_plan.hpp"

namespace poolnorm {

// Whether max and min pools of t are those of src, mapped: no residual, no intermediate, a monotone
// activation, and no window that sees padding alone (its -inf is not mapped).
bool may_commute(const ChainPlanData& plan) noexcept;

// Of every channel of a map whose parameters are f32: not `direct` when scale, mean and shift are finite, scale is not 0 and shift not -0.
void find_orders(const ChannelMap& map, std::int64_t channels, ChannelOrder* orders) noexcept;

}  // namespace poolnorm
