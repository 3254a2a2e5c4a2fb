// Norms of s8 and u8 of one ISA.
#include "kernels/norm_bytes.hpp"

#include "kernels/bytes.hpp"
#include "kernels/norm.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// Bounds are those of the format: relu and clamp are none.
template <class Format, class Channels, Residual Res>
void bytes_with(const AffineArgs& a) {
  switch (a.act) {
    case AffineAct::leaky_relu: return affine_loops<Format, Channels, Res, AffineAct::leaky_relu>(a);
    case AffineAct::hard_swish: return affine_loops<Format, Channels, Res, AffineAct::hard_swish>(a);
    case AffineAct::hard_sigmoid: return affine_loops<Format, Channels, Res, AffineAct::hard_sigmoid>(a);
    default: return affine_loops<Format, Channels, Res, AffineAct::none>(a);
  }
}

template <bool Away>
void rounded_bytes(const AffineArgs& a) {
  with_residual(a, [&a](auto residual) {
    a.channel_per_element ? bytes_with<InBytes<Away>, ScaledPerElement, residual.value>(a)
                          : bytes_with<InBytes<Away>, ScaledChannel, residual.value>(a);
  });
}

}  // namespace

void norm_of_bytes(const AffineArgs& a) { a.quantized->away ? rounded_bytes<true>(a) : rounded_bytes<false>(a); }

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
