// What the way back by indices makes of all windows that name one input: into(so_far, here, x), beginning with +0, window by window in
// row-major order. overlap: blocks are of windows that overlap, too; nobody unpools by those.
#pragma once

#include "kernels/index_best.hpp"
#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// Gradients. A sum that begins with +0 is never -0.
struct AddUp {
  static constexpr bool overlap = true;
  static POOLNORM_INLINE F32 into(F32 so_far, Mask<I32> here, F32 x) { return add_where(so_far, here, x); }
  static POOLNORM_INLINE F64 into(F64 so_far, Mask<I64> here, F64 x) {
    return so_far + Lanes<F64>::bits(xsimd::select(here, Lanes<F64>::integers(x), I64(0)));
  }
};

// Unpooling: bits, of any element that a lane holds.
struct TakeLast {
  static constexpr bool overlap = false;
  template <class V>
  static POOLNORM_INLINE V into(V so_far, Mask<typename Lanes<V>::Integer> here, V x) {
    return Lanes<V>::bits(xsimd::select(here, Lanes<V>::integers(x), Lanes<V>::integers(so_far)));
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
