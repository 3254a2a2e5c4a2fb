// Norms of bf16 of one ISA.
#include "kernels/norm.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels bf16_norms;
constexpr NormKernels bf16_norms{norm<InBF16>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
