// Norms of s8 of one ISA.
#include "kernels/norm_bytes.hpp"

#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels s8_norms;
constexpr NormKernels s8_norms{norm_of_bytes};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
