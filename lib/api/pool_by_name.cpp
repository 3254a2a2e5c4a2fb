// The poolings in one call, of any element type.
#include "api/pool_by_name.hpp"

#include "api/pool_run.hpp"

namespace poolnorm {

Status pool(const PoolDesc& desc, ConstElements src, Elements dst) noexcept {
  return pool_once(desc, src, dst, pool_kernels);
}

Status max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window) noexcept {
  return pool(sliding(PoolOp::max, src_desc, window), src, dst);
}
Status adaptive_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Spatial& output) noexcept {
  return pool(adaptive(PoolOp::max, src_desc, output), src, dst);
}
Status global_max_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept {
  return pool(global(PoolOp::max, src_desc), src, dst);
}
Status min_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window) noexcept {
  return pool(sliding(PoolOp::min, src_desc, window), src, dst);
}
Status average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window,
                    Divisor divisor) noexcept {
  return pool(sliding(PoolOp::average, src_desc, window, divisor), src, dst);
}
Status adaptive_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst,
                             const Spatial& output) noexcept {
  return pool(adaptive(PoolOp::average, src_desc, output), src, dst);
}
Status global_average_pool(ConstElements src, const TensorDesc& src_desc, Elements dst) noexcept {
  return pool(global(PoolOp::average, src_desc), src, dst);
}
Status lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, const Window& window, double p) noexcept {
  return pool(sliding(PoolOp::lp, src_desc, window, Divisor::padded, p), src, dst);
}
Status global_lp_pool(ConstElements src, const TensorDesc& src_desc, Elements dst, double p) noexcept {
  return pool(global(PoolOp::lp, src_desc, p), src, dst);
}

}  // namespace poolnorm
