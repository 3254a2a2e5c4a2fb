// Max unpooling.
#include "kernels/collect.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const CollectKernels unpool_kernels, unpool_kernels_f64;
constexpr CollectKernels unpool_kernels = Collect<F32, TakeLast>::table;
constexpr CollectKernels unpool_kernels_f64 = Collect<F64, TakeLast>::table;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
