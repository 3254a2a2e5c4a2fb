// Pools of bf16 of one ISA.
#include "kernels/formats.hpp"
#include "kernels/keys.hpp"
#include "kernels/plain.hpp"
#include "kernels/powers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr ReductionKernels max_kernels = plain<KeyExtremum<true, BF16Key<true>>>("s16");
constexpr ReductionKernels min_kernels = plain<KeyExtremum<false, BF16Key<false>>>("s16");
constexpr ReductionKernels sum_kernels = plain<ShortSum<Divisor32, InBF16>>("f32");
constexpr ReductionKernels sum_by_power_of_two_kernels = plain_by_power_of_two<InBF16>();
constexpr ReductionKernels long_sum_kernels = plain_long<LongSum<InBF16>>("f64");
using Lp = Powers<InBF16, Divisor32, KeyExtremum<true, BF16Magnitude>>;

}  // namespace

extern const PoolKernels bf16_pools;
constexpr PoolKernels bf16_pools{&max_kernels, &min_kernels, &sum_kernels, &sum_by_power_of_two_kernels, &long_sum_kernels, nullptr, nullptr,
                                from_tile_by_elements<std::uint16_t>, lanes32, &Lp::table};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
