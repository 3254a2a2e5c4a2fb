// Max pooling of f32 by name, for C.
#include "c_api/pool_by_name.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

int poolnorm_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                          const poolnorm_window* window, poolnorm_status* status) {
  return slide(src_desc, window, status,
               [&](const TensorDesc& t, const Window& w) { return max_pool(src, t, dst, w); });
}

int poolnorm_adaptive_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                   const poolnorm_spatial* output, poolnorm_status* status) {
  return adapt(src_desc, output, status,
               [&](const TensorDesc& t, const Spatial& o) { return adaptive_max_pool(src, t, dst, o); });
}

int poolnorm_global_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                 poolnorm_status* status) {
  return reduce(src_desc, status, [&](const TensorDesc& t) { return global_max_pool(src, t, dst); });
}
