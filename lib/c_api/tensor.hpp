// TensorDesc to and fro.
#pragma once

#include <poolnorm/c/tensor.h>
#include <poolnorm/tensor.hpp>

#include <algorithm>

namespace poolnorm::c_api {

static_assert(POOLNORM_MAX_RANK == max_rank && POOLNORM_MAX_SPATIAL_RANK == max_spatial_rank);

inline TensorDesc from_c(const poolnorm_tensor_desc& c) noexcept {
  TensorDesc t;
  t.type = static_cast<ElementType>(c.type);
  t.rank = c.rank;
  std::copy_n(c.dims, max_rank, t.dims);
  std::copy_n(c.strides, max_rank, t.strides);
  return t;
}

inline poolnorm_tensor_desc to_c(const TensorDesc& t) noexcept {
  poolnorm_tensor_desc c{};
  c.type = static_cast<int>(t.type);
  c.rank = t.rank;
  std::copy_n(t.dims, max_rank, c.dims);
  std::copy_n(t.strides, max_rank, c.strides);
  return c;
}

}  // namespace poolnorm::c_api
