// Max pooling of one ISA.
#include "kernels/pool_reductions.hpp"
#include "kernels/watched.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr ReductionKernels max_kernels = Watched<true>::table();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
