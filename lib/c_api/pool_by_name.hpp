// The arguments of poolings by name, read from C.
#pragma once

#include "c_api/answer.hpp"
#include "c_api/pool.hpp"
#include "c_api/tensor.hpp"

namespace poolnorm::c_api {

// `call` gets the window (or output sizes) and src_desc as C++ has them.
template <class Call>
int slide(const poolnorm_tensor_desc* src_desc, const poolnorm_window* window, poolnorm_status* status,
          Call call) noexcept {
  if (src_desc == nullptr) return answer(invalid("src_desc is null"), status);
  if (window == nullptr) return answer(invalid("window is null"), status);
  return answer(call(from_c(*src_desc), from_c(*window)), status);
}

template <class Call>
int adapt(const poolnorm_tensor_desc* src_desc, const poolnorm_spatial* output, poolnorm_status* status,
          Call call) noexcept {
  if (src_desc == nullptr) return answer(invalid("src_desc is null"), status);
  if (output == nullptr) return answer(invalid("output is null"), status);
  Spatial sizes(output->values, max_spatial_rank);
  sizes.count = output->count;
  return answer(call(from_c(*src_desc), sizes), status);
}

// Of a global pooling: none but the tensor.
template <class Call>
int reduce(const poolnorm_tensor_desc* src_desc, poolnorm_status* status, Call call) noexcept {
  if (src_desc == nullptr) return answer(invalid("src_desc is null"), status);
  return answer(call(from_c(*src_desc)), status);
}

}  // namespace poolnorm::c_api
