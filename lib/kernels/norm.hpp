// The norm table of an element type: every combination of parameters, residual and activation.
#pragma once

#include "kernels/affine.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// f(std::integral_constant<Residual, ...>)
template <class F>
POOLNORM_INLINE void with_residual(const AffineArgs& a, F f) {
  if (a.residual == nullptr) return f(std::integral_constant<Residual, Residual::none>{});
  if (a.residual_broadcast) return f(std::integral_constant<Residual, Residual::broadcast>{});
  return f(std::integral_constant<Residual, Residual::per_element>{});
}

template <class Format>
void norm(const AffineArgs& a) {
  using V = typename Format::Vector;
  with_residual(a, [&a](auto residual) {
    a.channel_per_element ? affine_with<Format, ChannelPerElement<V>, residual.value>(a)
                          : affine_with<Format, SameChannel<V>, residual.value>(a);
  });
  if (Format::streams && a.stream) stream_fence();
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
