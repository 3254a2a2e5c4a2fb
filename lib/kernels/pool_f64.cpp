// Pools of f64 of one ISA.
#include "kernels/formats.hpp"
#include "kernels/keys.hpp"
#include "kernels/plain.hpp"
#include "kernels/powers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr ReductionKernels max_kernels = plain<Extremum64<true>>("f64");
constexpr ReductionKernels min_kernels = plain<Extremum64<false>>("f64");
using Sum = ShortSum<Divisor64, InF64>;
constexpr ReductionKernels sum_kernels = plain<Sum>("f64");
constexpr ReductionKernels long_sum_kernels = plain_long<LongSum<InF64>, Sum>("f64");
using Lp = Powers<InF64, Divisor64, Extremum64<true, true>>;

}  // namespace

extern const PoolKernels f64_pools;
constexpr PoolKernels f64_pools{&max_kernels, &min_kernels, &sum_kernels,   &sum_kernels, &long_sum_kernels,
                                nullptr,      nullptr,      from_tile<F64>, lanes32,      &Lp::table};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
