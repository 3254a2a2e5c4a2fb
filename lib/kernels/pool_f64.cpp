// Pools of f64 of one ISA.
#include "kernels/formats.hpp"
#include "kernels/keys.hpp"
#include "kernels/plain.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr ReductionKernels max_kernels = plain<Extremum64<true>>("f64");
constexpr ReductionKernels min_kernels = plain<Extremum64<false>>("f64");
constexpr ReductionKernels sum_kernels = plain<ShortSum<Divisor64, InF64>>("f64");
constexpr ReductionKernels long_sum_kernels = plain_long<LongSum<InF64>>("f64");

}  // namespace

extern const PoolKernels f64_pools;
constexpr PoolKernels f64_pools{&max_kernels, &min_kernels, &sum_kernels,   &sum_kernels, &long_sum_kernels,
                                nullptr,      nullptr,      from_tile<F64>, lanes32};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
