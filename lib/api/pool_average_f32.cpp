// Average pooling of f32 by name: links its kernels and no others.
#include "api/pool_by_name.hpp"
#include "api/pool_run.hpp"

namespace poolnorm {

Status average_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window,
                    Divisor divisor) noexcept {
  return pool_once_f32(sliding(PoolOp::average, src_desc, window, divisor), src, dst, f32_average_kernels);
}
Status adaptive_average_pool(const float* src, const TensorDesc& src_desc, float* dst, const Spatial& output) noexcept {
  return pool_once_f32(adaptive(PoolOp::average, src_desc, output), src, dst, f32_average_kernels);
}
Status global_average_pool(const float* src, const TensorDesc& src_desc, float* dst) noexcept {
  return pool_once_f32(global(PoolOp::average, src_desc), src, dst, f32_average_kernels);
}

}  // namespace poolnorm
