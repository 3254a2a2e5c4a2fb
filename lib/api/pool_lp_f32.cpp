// Lp pooling of f32 by name: links its kernels and no others.
#include "api/pool_by_name.hpp"
#include "api/pool_run.hpp"

namespace poolnorm {

Status lp_pool(const float* src, const TensorDesc& src_desc, float* dst, const Window& window, double p) noexcept {
  return pool_once_f32(sliding(PoolOp::lp, src_desc, window, Divisor::padded, p), src, dst, f32_lp_kernels);
}
Status global_lp_pool(const float* src, const TensorDesc& src_desc, float* dst, double p) noexcept {
  return pool_once_f32(global(PoolOp::lp, src_desc, p), src, dst, f32_lp_kernels);
}

}  // namespace poolnorm
