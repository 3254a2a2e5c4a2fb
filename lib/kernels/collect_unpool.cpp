// Max unpooling.
#include "kernels/bits.hpp"
#include "kernels/collect.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

extern const UnpoolTables collect_unpool;
constexpr UnpoolTables collect_unpool{collect_table<InBits8, TakeLast>, collect_table<InBits16, TakeLast>, collect_table<InF32, TakeLast>,
                                      collect_table<InF64, TakeLast>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
