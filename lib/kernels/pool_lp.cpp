// Lp pooling of f32 of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/powers.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

using F32Magnitude = MagnitudeKey<float, std::int32_t, 0x7f800000, 0x00400000>;
constexpr LpKernels lp_kernels = Powers<InF32, PowerOfTwo, KeyExtremum<true, F32Magnitude>>::table;
constexpr PoolKernels f32_lp = f32_table([](PoolKernels& k) { k.lp = &lp_kernels; });

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
