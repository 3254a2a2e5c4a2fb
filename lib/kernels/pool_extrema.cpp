// Max and min pooling of one ISA.
#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/direct.hpp"
#include "kernels/doubling.hpp"
#include "kernels/narrow.hpp"
#include "kernels/pool_reductions.hpp"
#include "kernels/sliding.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Fast, class Exact>
void watched_narrow(const NarrowArgs& a) {
  if (narrow<Fast>(a)) narrow<Exact>(a);
}
template <class Fast, class Exact>
constexpr auto narrow_kernel() -> void (*)(const NarrowArgs&) {
  if constexpr (Fast::hot) return watched_narrow<Fast, Exact>;
  return nullptr;
}

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
  static void direct(const DirectArgs& a) {
    if (POOLNORM_KERNEL_ISA::direct<Fast>(a)) POOLNORM_KERNEL_ISA::direct<Exact>(a);
    if (a.stream) stream_fence();
  }
  static void mapped_direct(const DirectArgs& a) {
    if (POOLNORM_KERNEL_ISA::mapped_direct<Fast>(a)) POOLNORM_KERNEL_ISA::mapped_direct<Exact>(a);
    if (a.stream) stream_fence();
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
  static constexpr ReductionKernels table{columns,
                                          across,
                                          across_run,
                                          across_pairs,
                                          across_long,
                                          direct,
                                          nullptr,
                                          mapped_direct,
                                          portable_lanes ? nullptr : columns_sliding,
                                          portable_lanes ? nullptr : across_sliding,
                                          narrow_kernel<Fast, Exact>(),
                                          Fast::hot ? narrow_blocks * lanes32 : 0,
                                          to_tile<F32>,
                                          4};
};

}  // namespace

constexpr ReductionKernels max_kernels = Watched<true>::table;
constexpr ReductionKernels min_kernels = Watched<false>::table;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
