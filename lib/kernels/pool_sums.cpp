// Average pooling of one ISA, windows of up to 64 elements.
#include "kernels/across.hpp"
#include "kernels/alone.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/global.hpp"
#include "kernels/narrow.hpp"
#include "kernels/pool_reductions.hpp"
#include "kernels/rolling.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// A quotient by a power of two saves something where it is for few taps, 2 x 2 most of all; others get the general factor,
// which has the same bits.
template <class Op, DirectMap Mapped = DirectMap::none>
void direct_sum(const DirectArgs& a) {
  if (std::is_same_v<Op, ShortSum<PowerOfTwo>> && a.tap_count == 2) {
    windows_abreast<ShortSum<PowerOfTwo>, 2, 2, Mapped>(a);
  } else {
    direct<ShortSum<Divisor32>, Mapped, false>(a);
  }
  if (a.stream) stream_fence();
}

template <DirectMap Mapped = DirectMap::none>
void rolling_sum(const RollingArgs& a) {
  rolling<ShortSum<Divisor32>, Mapped>(a);
  if (a.stream) stream_fence();
}

template <DirectMap Mapped = DirectMap::none>
void alone_sum(const AloneArgs& a) {
  alone<ShortSum<Divisor32>, Mapped>(a);
  if (a.stream) stream_fence();
}

// The taps of 2 x 2 windows are powers of two, those of 3 x 3 seldom; where they are, they get the general
// divisor.
template <class Op>
void narrow_sum(const NarrowArgs& a) {
  if constexpr (std::is_same_v<Op, ShortSum<PowerOfTwo>>) {
    if (a.taps == 2) {
      narrow_halving<Op>(a);
      return;
    }
  }
  narrow_other<ShortSum<Divisor32>>(a);
}

template <class Map>
void global_sum(const GlobalArgs& a) {
  global<ShortSum<Divisor32>, Map>(a);
}

template <class Op>
void mapped_narrow_sum(const NarrowArgs& a) {
  narrow_halving<Op, MapPlane>(a);
}

template <class Op>
constexpr ReductionKernels short_sum() {
  ReductionKernels k{};
  // What the columns add up to does not depend on the divisor.
  k.columns = columns<ShortSum<Divisor32>>;
  k.across = across<Op>;
  k.across_run = across_run<ShortSum<Divisor32>>;
  k.across_pairs = across_pairs<Op>;
  k.across_long = across_long<Op>;
  k.direct.plain = direct_sum<Op>;
  k.rolling.plain = rolling_sum<>;
  k.alone.plain = alone_sum<>;
  k.alone_lanes = 1;
  if constexpr (!portable_lanes) {
    k.mapped_columns = mapped_columns;
    k.direct.mapped = direct_sum<Op, DirectMap::inputs>;
    k.rolling.mapped = rolling_sum<DirectMap::inputs>;
    k.alone.mapped = alone_sum<DirectMap::inputs>;
    k.rolls_pairs = true;
    k.narrow = narrow_sum<Op>;
    k.global = global_sum<SamePlanes>;
    k.mapped_global = global_sum<MappedPlanes>;
    k.mapped_narrow = mapped_narrow_sum<Op>;
    k.narrow_columns = narrow_blocks * lanes32;
  }
  k.to_tile = to_tile<F32>;
  k.accumulator_bytes = 4;
  k.accumulator = "f32";
  return k;
}

}  // namespace

constexpr ReductionKernels sum_kernels = short_sum<ShortSum<Divisor32>>();
constexpr ReductionKernels sum_by_power_of_two_kernels = short_sum<ShortSum<PowerOfTwo>>();
constexpr PoolKernels f32_average = f32_table([](PoolKernels& k) {
  k.sum = &sum_kernels;
  k.sum_by_power_of_two = &sum_by_power_of_two_kernels;
  k.long_sum = &long_sum_kernels;
});

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
