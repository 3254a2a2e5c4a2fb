#include "plan/walk.hpp"

#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

const char* odd_along(int axis, const WalkedTensor* tensors, int count) noexcept {
  for (const WalkedTensor* t = tensors; t != tensors + count; ++t) {
    const bool runs = t->desc->rank == 0 || unit(*t->desc, axis) || (t->broadcast && t->desc->strides[axis] == 0);
    if (!runs) return t->name;
  }
  return nullptr;
}

Status choose_walk(const WalkedTensor* tensors, int count, bool rows_only, Walk& walk) noexcept {
  const TensorDesc& src = *tensors[0].desc;
  const bool pixels = src.dims[1] > 1 && !rows_only;
  const int last = src.rank - 1;
  const char* const odd_pixels = odd_along(1, tensors, count);
  const char* const odd_rows = odd_along(last, tensors, count);
  if (pixels && odd_pixels == nullptr) {
    walk = Walk::channels_last;
  } else if ((last > 1 || !pixels) && odd_rows == nullptr) {
    walk = Walk::channels_first;
  } else {
    return unsupported("%s.strides: neither C nor the last spatial dim has stride 1 in every tensor",
                       pixels && unit(src, 1) ? odd_pixels : odd_rows);
  }
  return {};
}

Walk walk_of(const TensorDesc& t) noexcept {
  if (t.dims[1] < 2 || t.strides[1] != 1) return Walk::channels_first;
  bool pixels = t.strides[t.rank - 1] != 1;
  for (int i = 2; i < t.rank; ++i) pixels = pixels || t.dims[i] > 1;
  return pixels ? Walk::channels_last : Walk::channels_first;
}

}  // namespace poolnorm
