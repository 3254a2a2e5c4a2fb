// A tensor in memory, or the part of one that lies in a buffer.
#pragma once

#include <cstdint>
#include <type_traits>

namespace poolnorm {

// `p`, so many bytes further.
inline const void* moved(const void* p, std::int64_t bytes) noexcept { return static_cast<const char*>(p) + bytes; }
inline void* moved(void* p, std::int64_t bytes) noexcept { return static_cast<char*>(p) + bytes; }

// Element (n, c, d, h, w) of a tensor whose element `origin` is at `data`; both as the walk counts them.
// Where T is void, elements have `bytes` bytes.
template <class T>
struct View {
  using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;

  T* data = nullptr;
  const std::int64_t* strides = nullptr;  // N, C, D, H, W
  std::int64_t origin[5] = {};
  std::int64_t bytes = 4;

  T* at(std::int64_t n, std::int64_t c, std::int64_t d, std::int64_t h, std::int64_t w = 0) const noexcept {
    const std::int64_t offset = (n - origin[0]) * strides[0] + (c - origin[1]) * strides[1] +
                                (d - origin[2]) * strides[2] + (h - origin[3]) * strides[3] +
                                (w - origin[4]) * strides[4];
    if constexpr (std::is_void_v<T>) {
      return static_cast<Byte*>(data) + offset * bytes;
    } else {
      return data + offset;
    }
  }
};

}  // namespace poolnorm
