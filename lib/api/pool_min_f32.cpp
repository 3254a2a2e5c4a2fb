// Min pooling of f32 by name: links its kernels and no others.
#include "api/pool_by_name.hpp"
#include "api/pool_run.hpp"

namespace poolnorm {

Status min_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window) noexcept {
  return pool_once_f32(sliding(PoolOp::min, src_desc, window), src, dst, f32_min_kernels);
}

}  // namespace poolnorm
