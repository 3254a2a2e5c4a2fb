// What runs of batch norm in training check, and hand on, whatever follows the norm.
#pragma once

#include "api/norm_checks.hpp"
#include "drive/channel_norm_drive.hpp"

namespace poolnorm {

// Running and saved statistics; of `count` values a channel.
Status check_running_statistics(const ChannelNormPlanData& plan, const BatchNormTrainingData& data,
                                std::int64_t count) noexcept;

// A batch has as many values in every channel; moments need not come from partial(). Of a batch: some.
Status check_moments(const Moments* moments, std::int64_t channels) noexcept;
Status check_moments_of_a_batch(const Moments* moments, std::int64_t channels) noexcept;

// Residual where there is none, gamma, beta and mask.
Status check_training_inputs(const ChannelNormPlanData& plan, const BatchNormTrainingData& data) noexcept;

RunningStatistics running_of(const ChannelNormPlanData& plan, const BatchNormTrainingData& data) noexcept;
SavedStatistics saved_of(const BatchNormTrainingData& data) noexcept;

std::size_t mask_bytes_of(const ChannelNormPlanData& plan) noexcept;

// Without statistics, and with both kinds.
ChannelNormRun training_run_of(const BatchNormTrainingData& data) noexcept;
ChannelNormRun whole_training_run_of(const ChannelNormPlanData& plan, const BatchNormTrainingData& data) noexcept;

}  // namespace poolnorm
