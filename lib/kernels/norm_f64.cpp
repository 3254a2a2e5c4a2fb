// Norms of f64 of one ISA.
#include "kernels/norm.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels f64_norms;
constexpr NormKernels f64_norms{norm<InF64>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
