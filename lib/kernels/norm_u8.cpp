// Norms of u8 of one ISA.
#include "kernels/norm_bytes.hpp"

#include "simd/vector.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const NormKernels u8_norms;
constexpr NormKernels u8_norms{norm_of_bytes};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
