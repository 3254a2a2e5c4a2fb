#include "drive/span.hpp"

namespace poolnorm {

void Span::advance(AffineArgs& a, const std::int64_t (&steps)[slots], std::int64_t by) const noexcept {
  a.src = p_.data.at(a.src, by * steps[src_]);
  a.residual = p_.data.at(a.residual, by * steps[residual_]);
  a.dst = p_.data.at(a.dst, by * steps[dst_]);
  a.mask_bit += by * steps[slot_mask];
}

void Span::move(std::int64_t image, std::int64_t channel) noexcept {
  advance(args_, p_.image.step, image);
  advance(args_, p_.channel.step, channel);
}

void Span::parameters(const ChannelParameters& values, std::int64_t channel) noexcept {
  args_.mean = values.mean.from(channel).data();
  args_.mean_low = values.mean_low.from(channel).data();
  args_.scale = values.scale.from(channel).data();
  args_.shift = values.shift.from(channel).data();
  args_.slopes = values.slope ? values.slope.from(channel).data() : nullptr;
}

void Span::run(AffineKernel kernel, std::int64_t begin, std::int64_t end, std::int64_t channels) const noexcept {
  p_.pixels.for_pieces(begin, end, [&](const SequencePiece& piece) {
    AffineArgs a = args_;
    advance(a, piece.offset, 1);
    const SequenceAxis& axis = p_.channels_last ? p_.pixels.inner() : p_.channel;
    a.loops[2] = {p_.channels_last ? piece.count : channels,
                  axis.step[src_],
                  axis.step[residual_],
                  axis.step[dst_],
                  p_.channels_last ? 0 : 1,
                  axis.step[slot_mask]};
    a.width = p_.channels_last ? channels : piece.count;
    kernel(a);
  });
}

}  // namespace poolnorm
