// Max or min pooling of one ISA: the kernels of a fast reduction, and of an exact one where that met a NaN.
#pragma once

#include "kernels/across.hpp"
#include "kernels/alone.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/doubling.hpp"
#include "kernels/global.hpp"
#include "kernels/narrow.hpp"
#include "kernels/rolling.hpp"
#include "kernels/sliding.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <bool IsMax>
struct Watched {
  using Fast = Extremum<IsMax, false>;
  using Exact = std::conditional_t<max_is_exact, Fast, Extremum<IsMax, true>>;

  static bool columns(const ColumnsArgs& a) {
    if constexpr (!Fast::Watch::active) return POOLNORM_KERNEL_ISA::columns<Fast>(a);
    const bool nan = POOLNORM_KERNEL_ISA::columns<Fast>(a);
    if (nan) POOLNORM_KERNEL_ISA::columns<Exact>(a);
    return nan;
  }
  static void across(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across<Exact>(a) : POOLNORM_KERNEL_ISA::across<Fast>(a);
  }
  static void across_run(const AcrossArgs& a) {
    if constexpr (has_slide && IsMax) {
      if (!a.exact && a.taps > 6 && Doubling::fits(a.taps, a.tap_step)) return across_doubling<Fast>(a);
    }
    a.exact ? POOLNORM_KERNEL_ISA::across_run<Exact>(a) : POOLNORM_KERNEL_ISA::across_run<Fast>(a);
  }
  static void across_pairs(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across_pairs<Exact>(a) : POOLNORM_KERNEL_ISA::across_pairs<Fast>(a);
  }
  static void across_long(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across_long<Exact>(a) : POOLNORM_KERNEL_ISA::across_long<Fast>(a);
  }
  template <DirectMap Mapped = DirectMap::none>
  static void direct(const DirectArgs& a) {
    if (POOLNORM_KERNEL_ISA::direct<Fast, Mapped>(a)) POOLNORM_KERNEL_ISA::direct<Exact, Mapped>(a);
    if (a.stream) stream_fence();
  }
  template <DirectMap Mapped = DirectMap::none>
  static void alone(const AloneArgs& a) {
    if (POOLNORM_KERNEL_ISA::alone<Fast, Mapped>(a)) POOLNORM_KERNEL_ISA::alone<Exact, Mapped>(a);
    if (a.stream) stream_fence();
  }
  template <DirectMap Mapped = DirectMap::none>
  static void rolling(const RollingArgs& a) {
    if (POOLNORM_KERNEL_ISA::rolling<Fast, Mapped>(a)) POOLNORM_KERNEL_ISA::rolling<Exact, Mapped>(a);
    if (a.stream) stream_fence();
  }
  static void narrow(const NarrowArgs& a) {
    if (POOLNORM_KERNEL_ISA::narrow<Fast>(a)) POOLNORM_KERNEL_ISA::narrow<Exact>(a);
  }
  static void global(const GlobalArgs& a) {
    if (POOLNORM_KERNEL_ISA::global<Fast>(a)) POOLNORM_KERNEL_ISA::global<Exact>(a);
  }
  static bool columns_sliding(const SlidingArgs& a) {
    if constexpr (!Fast::Watch::active) return POOLNORM_KERNEL_ISA::columns_sliding<Fast>(a);
    const bool nan = POOLNORM_KERNEL_ISA::columns_sliding<Fast>(a);
    if (nan) POOLNORM_KERNEL_ISA::columns_sliding<Exact>(a);
    return nan;
  }
  static void across_sliding(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across_sliding<Exact>(a) : POOLNORM_KERNEL_ISA::across_sliding<Fast>(a);
  }
  static constexpr ReductionKernels table() {
    ReductionKernels k{};
    k.columns = columns;
    k.across = across;
    k.across_run = across_run;
    k.across_pairs = across_pairs;
    k.across_long = across_long;
    k.direct.plain = direct<>;
    k.rolling.plain = rolling<>;
    k.rolls_pairs = Fast::hot;
    k.alone.plain = alone<>;
    k.alone_lanes = 1;
    k.tall_alone = true;
    if constexpr (!small_code) {
      k.columns_sliding = columns_sliding;
      k.across_sliding = across_sliding;
    }
    if constexpr (!portable_lanes) {
      k.global = global;
      k.narrow = narrow;
      k.narrow_columns = narrow_blocks * lanes32;
    }
    if constexpr (IsMax && !portable_lanes) {
      // A norm's sign decides whether it follows a max or a min; both follow a max whose inputs change signs.
      k.direct.flipped = direct<DirectMap::results>;
      k.rolling.flipped = rolling<DirectMap::results>;
      k.alone.flipped = alone<DirectMap::results>;
    }
    k.to_tile = to_tile<F32>;
    k.accumulator_bytes = 4;
    k.accumulator = "f32";
    return k;
  }
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
