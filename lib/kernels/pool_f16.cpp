// Pools of f16 of one ISA.
#include "kernels/formats.hpp"
#include "kernels/keys.hpp"
#include "kernels/plain.hpp"
#include "kernels/powers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr ReductionKernels max_kernels = plain<KeyExtremum<true, F16Key<true>>>("s16");
constexpr ReductionKernels min_kernels = plain<KeyExtremum<false, F16Key<false>>>("s16");
constexpr ReductionKernels sum_kernels = plain<ShortSum<Divisor32, InF16>>("f32");
constexpr ReductionKernels sum_by_power_of_two_kernels = plain_by_power_of_two<InF16>();
constexpr ReductionKernels long_sum_kernels = plain_long<LongSum<InF16>>("f64");
using Lp = Powers<InF16, Divisor32, KeyExtremum<true, F16Magnitude>>;

}  // namespace

extern const PoolKernels f16_pools;
constexpr PoolKernels f16_pools{&max_kernels, &min_kernels, &sum_kernels, &sum_by_power_of_two_kernels, &long_sum_kernels, nullptr, nullptr,
                                from_tile_by_elements<std::uint16_t>, lanes32, &Lp::table};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
