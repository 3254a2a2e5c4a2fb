// Max pooling of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/watched.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr ReductionKernels max_kernels = Watched<true>::table();
constexpr PoolKernels f32_max = f32_table([](PoolKernels& k) { k.max = &max_kernels; });

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
