#include "drive/normalise.hpp"

#include <algorithm>

#include "plan/checked.hpp"

namespace poolnorm {
namespace {

struct Span {
  const ChannelNormPlanData& p;
  AffineArgs args;

  // Moves to step `by` of an axis.
  void advance(const ChainAxis& axis, std::int64_t by) noexcept {
    args.src = static_cast<const float*>(args.src) + by * axis.step[chain_src];
    if (args.residual != nullptr) {
      args.residual = static_cast<const float*>(args.residual) + by * axis.step[chain_residual];
    }
    args.dst = static_cast<float*>(args.dst) + by * axis.step[chain_dst];
    args.mask_bit += by * axis.step[chain_mask];
  }

  // Elements [begin, end) of the chain, of `channels` channels.
  void run(std::int64_t begin, std::int64_t end, std::int64_t channels) const noexcept {
    p.pixels.for_pieces(begin, end, [&](const ChainPiece& piece) {
      AffineArgs a = args;
      a.src = static_cast<const float*>(a.src) + piece.offset[chain_src];
      if (a.residual != nullptr) a.residual = static_cast<const float*>(a.residual) + piece.offset[chain_residual];
      a.dst = static_cast<float*>(a.dst) + piece.offset[chain_dst];
      a.mask_bit += piece.offset[chain_mask];
      const ChainAxis& axis = p.channels_last ? p.pixels.inner() : p.channel;
      a.loops[2] = {p.channels_last ? piece.count : channels, axis.step[chain_src], axis.step[chain_residual],
                    axis.step[chain_dst], p.channels_last ? 0 : 1, axis.step[chain_mask]};
      a.width = p.channels_last ? channels : piece.count;
      p.kernels->centred(a);
    });
  }
};

Span span_of(const ChannelNormPlanData& p, const ChannelNormRun& run, const ChannelParameters& parameters,
             std::int64_t image, std::int64_t channel) noexcept {
  Span s{p, p.args};
  s.args.src = run.src;
  s.args.residual = run.residual;
  s.args.dst = run.dst;
  s.args.mask = run.mask;
  s.args.mask_bit = 0;
  s.args.stream = p.stream && run.src != run.dst && run.residual != run.dst;
  s.args.mean = parameters.mean + channel;
  s.args.mean_low = parameters.mean_low + channel;
  s.args.scale = parameters.scale + channel;
  s.args.shift = parameters.shift + channel;
  for (AffineLoop& loop : s.args.loops) loop = {1, 0, 0, 0, 0};
  s.advance(p.image, image);
  s.advance(p.channel, channel);
  return s;
}

}  // namespace

void normalise_channels(const ChannelNormPlanData& p, const ChannelNormRun& run, const ChannelParameters& parameters,
                        std::int64_t set, std::int64_t begin, std::int64_t end) noexcept {
  if (p.channels_last) {
    span_of(p, run, parameters, set * p.images, begin).run(0, p.pixels.elements(), end - begin);
    return;
  }
  for (std::int64_t image = set * p.images; image < (set + 1) * p.images; ++image) {
    span_of(p, run, parameters, image, begin).run(0, p.spatial, end - begin);
  }
}

void normalise_range(const ChannelNormPlanData& p, const ChannelNormRun& run, const ChannelParameters& parameters,
                     std::int64_t set, std::int64_t range, const ChannelSchedule& schedule) noexcept {
  std::int64_t image = set * p.images, size = p.pixels.elements();
  if (!p.channels_last) {
    const std::int64_t in_plane = ceil_div(p.spatial, schedule.range);
    image += range / in_plane;
    range %= in_plane;
  }
  const std::int64_t begin = range * schedule.range;
  span_of(p, run, parameters, image, 0).run(begin, std::min(begin + schedule.range, size), p.channels);
}

}  // namespace poolnorm
