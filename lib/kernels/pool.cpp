// The pooling table of one ISA.
#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

// The fast reduction, and the exact one when it met a NaN.
template <bool IsMax>
struct Watched {
  using Fast = Extremum<IsMax, false>;
  using Exact = Extremum<IsMax, true>;

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
    a.exact ? POOLNORM_KERNEL_ISA::across_run<Exact>(a) : POOLNORM_KERNEL_ISA::across_run<Fast>(a);
  }
  static void across_pairs(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across_pairs<Exact>(a) : POOLNORM_KERNEL_ISA::across_pairs<Fast>(a);
  }
  static void across_long(const AcrossArgs& a) {
    a.exact ? POOLNORM_KERNEL_ISA::across_long<Exact>(a) : POOLNORM_KERNEL_ISA::across_long<Fast>(a);
  }
  static void direct(const DirectArgs& a) {
    if (POOLNORM_KERNEL_ISA::direct<Fast>(a)) POOLNORM_KERNEL_ISA::direct<Exact>(a);
    if (a.stream) stream_fence();
  }
  static constexpr ReductionKernels table{columns, across, across_run, across_pairs, across_long, direct,
                                          to_tile<F32>, 4};
};

template <class Op>
void direct_sum(const DirectArgs& a) {
  direct<Op>(a);
  if (a.stream) stream_fence();
}

template <class Op>
constexpr ReductionKernels sum_table{columns<Op>,     across<Op>,     across_run<Op>, across_pairs<Op>,
                                     across_long<Op>, direct_sum<Op>, to_tile<F32>,   4};

}  // namespace

extern const PoolKernels pool_kernels;
constexpr PoolKernels pool_kernels{
    Watched<true>::table,
    Watched<false>::table,
    sum_table<ShortSum<Scale32>>,
    sum_table<ShortSum<PowerOfTwo>>,
    {columns<LongSum>, across<LongSum>, across_run<LongSum>, nullptr, across_long<LongSum>, nullptr, to_tile<F64>, 8},
    from_tile<F32>,
    lanes32,
};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
