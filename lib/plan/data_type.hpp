// The element type of a plan's tensors, and what follows from it. Parameters and statistics are f32; of f64
// tensors f64.
#pragma once

#include <poolnorm/tensor.hpp>

namespace poolnorm {

struct DataType {
  ElementType type = ElementType::f32;

  std::int64_t bytes() const noexcept { return size_of(type); }
  bool wide() const noexcept { return type == ElementType::f64; }
  std::int64_t parameter_bytes() const noexcept { return wide() ? 8 : 4; }
  // Whether kernels store it past the cache.
  bool streams() const noexcept { return bytes() >= 4; }

  // The address of element `i`; null stays null.
  const void* at(const void* p, std::int64_t i) const noexcept {
    return p == nullptr ? nullptr : static_cast<const char*>(p) + i * bytes();
  }
  void* at(void* p, std::int64_t i) const noexcept {
    return p == nullptr ? nullptr : static_cast<char*>(p) + i * bytes();
  }
};

}  // namespace poolnorm
