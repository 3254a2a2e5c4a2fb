// The norm table of one ISA: every combination of parameters, residual and activation.
#include "kernels/affine.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Channels, Residual Res>
void with_act(const AffineArgs& a) {
  switch (a.act) {
    case AffineAct::none: return affine_loops<Channels, Res, AffineAct::none>(a);
    case AffineAct::relu: return affine_loops<Channels, Res, AffineAct::relu>(a);
    case AffineAct::clamp: return affine_loops<Channels, Res, AffineAct::clamp>(a);
    case AffineAct::leaky_relu: return affine_loops<Channels, Res, AffineAct::leaky_relu>(a);
    case AffineAct::hard_swish: return affine_loops<Channels, Res, AffineAct::hard_swish>(a);
    case AffineAct::hard_sigmoid: return affine_loops<Channels, Res, AffineAct::hard_sigmoid>(a);
  }
}

template <class Channels>
void with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return with_act<Channels, Residual::none>(a);
  if (a.residual_broadcast) return with_act<Channels, Residual::broadcast>(a);
  return with_act<Channels, Residual::per_element>(a);
}

void affine(const AffineArgs& a) {
  a.channel_per_element ? with_residual<ChannelPerElement>(a) : with_residual<SameChannel>(a);
  if (a.stream) stream_fence();
}

}  // namespace

extern const NormKernels norm_kernels;
constexpr NormKernels norm_kernels{affine, lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
