// Min pooling of f32 by name, for C.
#include "c_api/pool_by_name.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

int poolnorm_min_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                          const poolnorm_window* window, poolnorm_status* status) {
  return slide(src_desc, window, status,
               [&](const TensorDesc& t, const Window& w) { return min_pool(src, t, dst, w); });
}
