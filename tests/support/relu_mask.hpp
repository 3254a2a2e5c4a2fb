// A relu's mask, bit by bit: which elements passed, in N, C, spatial order.
#pragma once

#include <cstdint>
#include <vector>

#include <poolnorm/tensor.hpp>

namespace poolnorm::tests {

// f(element, bit) for every element of a tensor.
template <class F>
std::int64_t for_each_mask_bit(const TensorDesc& t, F f) {
  const std::int64_t n = t.dims[0], c = t.dims[1], s = t.elements() / (n * c);
  const bool last = c > 1 && t.strides[1] == 1;
  const std::int64_t image = (s * c + 7) / 8 * 8, plane = (s + 7) / 8 * 8;
  for (std::int64_t i = 0; i < n * c * s; ++i) {
    const std::int64_t k = i % s, channel = i / s % c, at = i / s / c;
    f(i, last ? at * image + k * c + channel : (at * c + channel) * plane + k);
  }
  return last ? n * image : n * c * plane;
}

inline std::vector<bool> unpack_mask(const std::vector<std::uint8_t>& mask, const TensorDesc& t) {
  std::vector<bool> passed(static_cast<std::size_t>(t.elements()));
  for_each_mask_bit(t, [&](std::int64_t i, std::int64_t bit) { passed[i] = mask[bit / 8] >> bit % 8 & 1; });
  return passed;
}

inline std::vector<std::uint8_t> pack_mask(const std::vector<bool>& passed, const TensorDesc& t) {
  const std::int64_t bits = for_each_mask_bit(t, [](std::int64_t, std::int64_t) {});
  std::vector<std::uint8_t> mask(static_cast<std::size_t>(bits / 8));
  for_each_mask_bit(t, [&](std::int64_t i, std::int64_t bit) {
    if (passed[i]) mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | 1 << bit % 8);
  });
  return mask;
}

}  // namespace poolnorm::tests
