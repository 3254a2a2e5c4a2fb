// Norms of f16 of one ISA.
#include "kernels/norm.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels f16_norms;
constexpr NormKernels f16_norms{norm<InF16>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
