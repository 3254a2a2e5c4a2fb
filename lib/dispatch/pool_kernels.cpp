#include "dispatch/pool_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TYPE_ROW(isa, type)     \
  namespace isa {                        \
  extern const PoolKernels type##_pools; \
  }
#include "pool_rows.inc"
#undef POOLNORM_TYPE_ROW

const PoolKernels* pool_kernels(Isa isa, ElementType type) noexcept {
#define POOLNORM_TYPE_ROW(i, t) \
  if (isa == Isa::i && type == ElementType::t) return &i::t##_pools;
#include "pool_rows.inc"
#undef POOLNORM_TYPE_ROW
  return nullptr;
}

}  // namespace poolnorm
