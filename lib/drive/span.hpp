// Calls of elementwise kernels on part of a set of channels.
#pragma once

#include <poolnorm/executor.hpp>

#include "drive/numbers.hpp"
#include "plan/channel_norm_plan.hpp"

namespace poolnorm {

// What the kernels read, one value a channel.
struct ChannelParameters {
  static constexpr int arrays = 5;
  MutableNumbers mean, mean_low, scale, shift, slope;
};

using AffineKernel = void (*)(const AffineArgs&);

// Arguments that stand at one image and channel, and which tensor of the sequences each pointer walks.
class Span {
 public:
  Span(const ChannelNormPlanData& plan, const AffineArgs& args, Slot src, Slot residual, Slot dst) noexcept
      : p_(plan), args_(args), src_(src), residual_(residual), dst_(dst) {
    for (AffineLoop& loop : args_.loops) loop = {1, 0, 0, 0, 0};
  }

  void move(std::int64_t image, std::int64_t channel) noexcept;
  void parameters(const ChannelParameters& values, std::int64_t channel) noexcept;
  // Elements [begin, end) of the plan's pixel sequence, `channels` of them.
  void run(AffineKernel kernel, std::int64_t begin, std::int64_t end, std::int64_t channels) const noexcept;

 private:
  void advance(AffineArgs& args, const std::int64_t (&steps)[slots], std::int64_t by) const noexcept;

  const ChannelNormPlanData& p_;
  AffineArgs args_;
  Slot src_, residual_, dst_;
};

}  // namespace poolnorm
