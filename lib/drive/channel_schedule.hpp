// How a norm over channels is cut into tasks. No choice made here changes a bit of the result.
#pragma once

#include "drive/moments_drive.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

struct ChannelSchedule {
  // One round: tasks of `part` channels of a set, from statistics to output.
  bool fused = false;
  std::int64_t part = 1, parts = 1;
  // Three rounds: units x strips of `strip` channels; strips; `ranges` of a set of `range` elements each.
  Units units;
  std::int64_t strip = 1, strips = 1;
  std::int64_t range = 1, ranges = 1;
  std::int64_t side = 1;  // channels that are written at once
};

// Channels that a task takes statistics of at once, at most.
inline std::int64_t most_channels(const ChannelSchedule& s) noexcept { return s.fused ? s.part : s.strip; }

// Whether what stands before the norm is made image by image as it is summed: each worker has an image, or planes.
inline bool image_by_image(const ChannelNormPlanData& p, int workers) noexcept {
  return p.from_pool && (p.images >= workers || !p.channels_last);
}

ChannelSchedule schedule_of(const ChannelNormPlanData& plan, int workers) noexcept;

Channels channels_of(const ChannelNormPlanData& plan) noexcept;

}  // namespace poolnorm
