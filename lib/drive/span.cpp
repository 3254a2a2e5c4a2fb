#include "drive/span.hpp"

namespace poolnorm {

void Span::advance(AffineArgs& a, const std::int64_t (&steps)[slots], std::int64_t by) const noexcept {
  a.src = static_cast<const float*>(a.src) + by * steps[src_];
  if (a.residual != nullptr) a.residual = static_cast<const float*>(a.residual) + by * steps[residual_];
  a.dst = static_cast<float*>(a.dst) + by * steps[dst_];
  a.mask_bit += by * steps[slot_mask];
}

void Span::move(std::int64_t image, std::int64_t channel) noexcept {
  advance(args_, p_.image.step, image);
  advance(args_, p_.channel.step, channel);
}

void Span::parameters(const ChannelParameters& values, std::int64_t channel) noexcept {
  args_.mean = values.mean + channel;
  args_.mean_low = values.mean_low + channel;
  args_.scale = values.scale + channel;
  args_.shift = values.shift + channel;
  args_.slopes = values.slope == nullptr ? nullptr : values.slope + channel;
}

void Span::run(AffineKernel kernel, std::int64_t begin, std::int64_t end, std::int64_t channels) const noexcept {
  p_.pixels.for_pieces(begin, end, [&](const SequencePiece& piece) {
    AffineArgs a = args_;
    advance(a, piece.offset, 1);
    const SequenceAxis& axis = p_.channels_last ? p_.pixels.inner() : p_.channel;
    a.loops[2] = {p_.channels_last ? piece.count : channels, axis.step[src_], axis.step[residual_], axis.step[dst_],
                  p_.channels_last ? 0 : 1, axis.step[slot_mask]};
    a.width = p_.channels_last ? channels : piece.count;
    kernel(a);
  });
}

}  // namespace poolnorm
