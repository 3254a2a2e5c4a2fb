// How a norm over channels is cut into tasks. No choice made here changes a bit of the result.
#pragma once

#include "drive/moments_drive.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

struct ChannelSchedule {
  // One round: tasks of `part` channels of a set, from statistics to output.
  bool fused = false;
  std::int64_t part = 1, parts = 1;
  // Three rounds: units x strips of channels; strips; `ranges` of a set of `range` elements each.
  Units units;
  std::int64_t strips = 1;
  std::int64_t range = 1, ranges = 1;
};

ChannelSchedule schedule_of(const ChannelNormPlanData& plan, int workers) noexcept;

Channels channels_of(const ChannelNormPlanData& plan) noexcept;

}  // namespace poolnorm
