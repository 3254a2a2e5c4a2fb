// Pools of u8 of one ISA.
#include "kernels/integer_sum.hpp"
#include "kernels/keys.hpp"
#include "kernels/plain.hpp"
#include "kernels/requantized.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

using T = std::uint8_t;
constexpr ReductionKernels max_kernels = plain<KeyExtremum<true, IntegerKey<true, T>>>("u8");
constexpr ReductionKernels min_kernels = plain<KeyExtremum<false, IntegerKey<false, T>>>("u8");
using Sum = IntegerSum<T, false>;
constexpr ReductionKernels sum_kernels = plain<Sum, Sum, Sum, true>("s32");
constexpr ReductionKernels sum_away_kernels = plain<IntegerSum<T, true>, Sum>("s32");
constexpr ReductionKernels long_sum_kernels = plain_long<LongIntegerSum<T, false>>("f64");
constexpr ReductionKernels long_sum_away_kernels = plain_long<LongIntegerSum<T, true>, LongIntegerSum<T, false>>("f64");
constexpr ReductionKernels requantized_kernels = plain<Requantized<Sum>, Sum>("s32");
constexpr ReductionKernels long_requantized_kernels =
    plain_long<Requantized<LongIntegerSum<T, false>>, LongIntegerSum<T, false>>("f64");

}  // namespace

extern const PoolKernels u8_pools;
constexpr PoolKernels u8_pools{&max_kernels,      &min_kernels,      &sum_kernels,           &sum_kernels,
                               &long_sum_kernels, &sum_away_kernels, &long_sum_away_kernels, from_tile_by_elements<T>,
                               lanes32,           nullptr,           &requantized_kernels,   &long_requantized_kernels};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
