// A tensor in memory, or the part of one that lies in a buffer.
#pragma once

#include <cstdint>

namespace poolnorm {

// Element (n, c, d, h, w) of a tensor whose element `origin` is at `data`; both as the walk counts them.
template <class T>
struct View {
  T* data = nullptr;
  const std::int64_t* strides = nullptr;  // N, C, D, H, W
  std::int64_t origin[5] = {};

  T* at(std::int64_t n, std::int64_t c, std::int64_t d, std::int64_t h, std::int64_t w = 0) const noexcept {
    return data + ((n - origin[0]) * strides[0] + (c - origin[1]) * strides[1] + (d - origin[2]) * strides[2] +
                   (h - origin[3]) * strides[3] + (w - origin[4]) * strides[4]);
  }
};

}  // namespace poolnorm
