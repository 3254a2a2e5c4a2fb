// The gradient of max pooling with indices.
#include "kernels/collect.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const CollectTables collect_gradient;
constexpr CollectTables collect_gradient{collect_table<InF32, AddUp>, collect_table<InF16, AddUp>, collect_table<InBF16, AddUp>,
                                         collect_table<InF64, AddUp>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
