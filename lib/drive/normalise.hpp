// The last step of a norm over channels: parameters are known, elements are read once and written once.
#pragma once

#include "drive/channel_norm_drive.hpp"
#include "drive/channel_schedule.hpp"

namespace poolnorm {

// What the kernels read, one value a channel.
struct ChannelParameters {
  float *mean, *mean_low, *scale, *shift;
};

// Channels [begin, end) of a set; all of them where they are contiguous.
void normalise_channels(const ChannelNormPlanData& plan, const ChannelNormRun& run, const ChannelParameters& parameters,
                        std::int64_t set, std::int64_t begin, std::int64_t end) noexcept;

// All channels of one range of the schedule.
void normalise_range(const ChannelNormPlanData& plan, const ChannelNormRun& run, const ChannelParameters& parameters,
                     std::int64_t set, std::int64_t range, const ChannelSchedule& schedule) noexcept;

}  // namespace poolnorm
