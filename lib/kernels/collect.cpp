// The gradient of max pooling with indices.
#include "kernels/collect.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const CollectKernels collect_kernels, collect_kernels_f64;
constexpr CollectKernels collect_kernels = Collect<F32, AddUp>::table;
constexpr CollectKernels collect_kernels_f64 = Collect<F64, AddUp>::table;

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
