// The table of a reduction of an element type that has no loops of its own for the windows of networks.
#pragma once

#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/long_alone.hpp"
#include "kernels/long_direct.hpp"
#include "kernels/sliding.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Op>
void plain_direct(const DirectArgs& a) {
  direct<Op>(a);
  if (a.stream) stream_fence();
}

// Columns, Across: of reductions that do the same there, and are there already. InRegisters: whole windows, where they do not overlap.
template <class Op, class Columns = Op, class Across = Op, bool InRegisters = Op::streams>
constexpr ReductionKernels plain(const char* accumulator) {
  using Element = typename Op::Element;
  ReductionKernels k{};
  k.columns = columns<Columns>;
  k.across = across<Across>;
  k.across_run = across_run<Across>;
  k.across_pairs = across_thinned<Across>;
  k.across_long = across_long<Across>;
  if constexpr (InRegisters && (Op::wide || !small_code)) k.direct.plain = plain_direct<Op>;
  if constexpr (Op::streams && Op::any_order && !small_code) {
    k.columns_sliding = columns_sliding<Op>;
    k.across_sliding = across_sliding<Op>;
  }
  if constexpr (sizeof(Element) == 4) k.to_tile = to_tile<F32>;
  if constexpr (sizeof(Element) == 8) k.to_tile = to_tile<F64>;
  if constexpr (sizeof(Element) < 4) k.to_tile = to_tile_by_elements<Element>;
  k.accumulator_bytes = sizeof(Element);
  k.accumulator = accumulator;
  return k;
}

// Averages of 16 bits by powers of two: a division is half of a small window's time.
template <class Format>
constexpr ReductionKernels plain_by_power_of_two() {
  using General = ShortSum<Divisor32, Format>;
  return plain<ShortSum<PowerOfTwo, Format>, General, General, true>("f32");
}

// Without the stages that would read a vector of factors, or join lanes, for every output.
template <class Op, class Columns = Op>
constexpr ReductionKernels plain_long(const char* accumulator) {
  ReductionKernels k{};
  if constexpr (Columns::runs) {
    k.columns = long_columns<Columns>;
    if constexpr (std::is_same_v<Columns, Op> && !portable_lanes) {
      k.direct.plain = long_direct<Op>;
      k.alone.plain = long_alone<Op>;
      k.alone_lanes = 8;
      k.tall_alone = true;
    }
  } else {
    k.columns = columns<Columns>;
  }
  k.across = across<Op>;
  k.across_run = across_run<Op>;
  k.across_long = across_long<Op>;
  k.to_tile = to_tile<F64>;
  k.accumulator_bytes = sizeof(typename Op::Element);
  k.accumulator = accumulator;
  return k;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
