// Average pooling of one ISA.
#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/pool_reductions.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Op>
void direct_sum(const DirectArgs& a) {
  direct<Op>(a);
  if (a.stream) stream_fence();
}

template <class Op>
void mapped_direct_sum(const DirectArgs& a) {
  mapped_direct<Op>(a);
  if (a.stream) stream_fence();
}

template <class Op>
constexpr ReductionKernels short_sum{columns<Op>,     across<Op>,     across_run<Op>,
                                     across_pairs<Op>, across_long<Op>, direct_sum<Op>,
                                     mapped_sums<Narrow, float>, mapped_direct_sum<Op>, to_tile<F32>, 4};

}  // namespace

constexpr ReductionKernels sum_kernels = short_sum<ShortSum<Scale32>>;
constexpr ReductionKernels sum_by_power_of_two_kernels = short_sum<ShortSum<PowerOfTwo>>;
constexpr ReductionKernels long_sum_kernels{columns<LongSum>, across<LongSum>,      across_run<LongSum>, nullptr,
                                            across_long<LongSum>, nullptr, mapped_sums<Wide, double>, nullptr, to_tile<F64>, 8};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
