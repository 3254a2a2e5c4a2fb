// The norm table of one ISA: every combination of parameters, residual and activation.
#include "kernels/affine.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Channels>
void with_residual(const AffineArgs& a) {
  if (a.residual == nullptr) return affine_with<InF32, Channels, Residual::none>(a);
  if (a.residual_broadcast) return affine_with<InF32, Channels, Residual::broadcast>(a);
  return affine_with<InF32, Channels, Residual::per_element>(a);
}

void affine(const AffineArgs& a) {
  a.channel_per_element ? with_residual<ChannelPerElement<F32>>(a) : with_residual<SameChannel<F32>>(a);
  if (a.stream) stream_fence();
}

}  // namespace

extern const NormKernels norm_kernels;
constexpr NormKernels norm_kernels{affine, lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
