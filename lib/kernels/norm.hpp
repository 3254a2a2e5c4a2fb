// The norm table of an element type: every combination of parameters, residual and activation.
#pragma once

#include "kernels/affine.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Format, class Channels>
void norm_with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return affine_with<Format, Channels, Residual::none>(a);
  if (a.residual_broadcast) return affine_with<Format, Channels, Residual::broadcast>(a);
  return affine_with<Format, Channels, Residual::per_element>(a);
}

template <class Format>
void norm(const AffineArgs& a) {
  using V = typename Format::Vector;
  a.channel_per_element ? norm_with_residual<Format, ChannelPerElement<V>>(a)
                        : norm_with_residual<Format, SameChannel<V>>(a);
  if (Format::streams && a.stream) stream_fence();
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
