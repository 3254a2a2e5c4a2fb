// Min pooling of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/watched.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr ReductionKernels min_kernels = Watched<false>::table();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
