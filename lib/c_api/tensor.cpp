// Tensors of C.
#include "c_api/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::c_api;

namespace {

// Null dims become a rank that every plan refuses.
Dims dims_of(std::int32_t rank, const std::int64_t* dims) noexcept {
  return dims == nullptr || rank < 0 ? Dims(nullptr, -1) : Dims(dims, rank);
}

}  // namespace

std::int64_t poolnorm_size_of(std::int32_t type) { return size_of(static_cast<ElementType>(type)); }

const char* poolnorm_element_type_name(std::int32_t type) { return name(static_cast<ElementType>(type)); }
int poolnorm_element_type_available(std::int32_t type) { return available(static_cast<ElementType>(type)) ? 1 : 0; }

std::int64_t poolnorm_elements(const poolnorm_tensor_desc* tensor) {
  const bool is_tensor = tensor != nullptr && tensor->rank >= 0 && tensor->rank <= max_rank;
  return is_tensor ? from_c(*tensor).elements() : 0;
}

poolnorm_tensor_desc poolnorm_nchw(std::int32_t rank, const std::int64_t* dims) {
  return to_c(nchw(dims_of(rank, dims)));
}
poolnorm_tensor_desc poolnorm_nhwc(std::int32_t rank, const std::int64_t* dims) {
  return to_c(nhwc(dims_of(rank, dims)));
}
poolnorm_tensor_desc poolnorm_channel_slice(poolnorm_tensor_desc whole, std::int64_t count) {
  return to_c(channel_slice(from_c(whole), count));
}
poolnorm_tensor_desc poolnorm_padded_rows(poolnorm_tensor_desc packed, std::int64_t pitch) {
  return to_c(padded_rows(from_c(packed), pitch));
}
