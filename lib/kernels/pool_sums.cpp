// Average pooling of one ISA.
#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/narrow.hpp"
#include "kernels/pool_reductions.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// A quotient by a power of two saves something where it is for few taps; others get the general factor,
// which has the same bits.
template <class Op>
void direct_sum(const DirectArgs& a) {
  if constexpr (std::is_same_v<Op, ShortSum<PowerOfTwo>>) {
    a.tap_count == 2 ? direct_counted<Op, 2, false>(a) : direct<ShortSum<Scale32>>(a);
  } else {
    direct<Op>(a);
  }
  if (a.stream) stream_fence();
}

template <class Op>
void mapped_direct_sum(const DirectArgs& a) {
  mapped_direct<Op>(a);
  if (a.stream) stream_fence();
}

template <class Op>
void narrow_sum(const NarrowArgs& a) {
  a.taps == 2 ? narrow_halving<Op>(a) : narrow_other<ShortSum<Scale32>>(a);
}
template <class Op>
constexpr auto narrow_kernel() -> void (*)(const NarrowArgs&) {
  if constexpr (Op::hot) return narrow_sum<Op>;
  return nullptr;
}

// What the columns add up to does not depend on the divisor.
template <class Op>
constexpr ReductionKernels short_sum{columns<ShortSum<Scale32>>,
                                     across<Op>,
                                     across_run<ShortSum<Scale32>>,
                                     across_pairs<Op>,
                                     across_long<Op>,
                                     direct_sum<Op>,
                                     mapped_sums<Narrow, float>,
                                     mapped_direct_sum<Op>,
                                     nullptr,
                                     nullptr,
                                     narrow_kernel<Op>(),
                                     Op::hot ? narrow_blocks * lanes32 : 0,
                                     to_tile<F32>,
                                     4};

}  // namespace

constexpr ReductionKernels sum_kernels = short_sum<ShortSum<Scale32>>;
constexpr ReductionKernels sum_by_power_of_two_kernels = short_sum<ShortSum<PowerOfTwo>>;
constexpr ReductionKernels long_sum_kernels{columns<LongSum>,
                                            across<LongSum>,
                                            across_run<LongSum>,
                                            nullptr,
                                            across_long<LongSum>,
                                            nullptr,
                                            mapped_sums<Wide, double>,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            0,
                                            to_tile<F64>,
                                            8};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
