// Max pooling of f32 by name: links its kernels and no others.
#include "api/pool_by_name.hpp"
#include "api/pool_run.hpp"

namespace poolnorm {

Status max_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window) noexcept {
  return pool_once_f32(sliding(PoolOp::max, src_desc, window), src, dst, f32_max_kernels);
}
Status adaptive_max_pool(const float* src, const TensorDesc& src_desc, float* dst, const Spatial& output) noexcept {
  return pool_once_f32(adaptive(PoolOp::max, src_desc, output), src, dst, f32_max_kernels);
}
Status global_max_pool(const float* src, const TensorDesc& src_desc, float* dst) noexcept {
  return pool_once_f32(global(PoolOp::max, src_desc), src, dst, f32_max_kernels);
}

}  // namespace poolnorm
