// Min pooling of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/watched.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr ReductionKernels min_kernels = Watched<false>::table();
constexpr PoolKernels f32_min = f32_table([](PoolKernels& k) { k.min = &min_kernels; });

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
