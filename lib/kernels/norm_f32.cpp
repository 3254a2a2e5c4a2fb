// Norms of f32 of one ISA.
#include "kernels/norm.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels f32_norms;
constexpr NormKernels f32_norms{norm<InF32>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
