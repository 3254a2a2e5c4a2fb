// What runs with indices check of them.
#pragma once

#include <cstdint>

#include "plan/index_plan.hpp"
#include "plan/refuse.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

inline Status check_places(const IndexGeometry& g, const void* indices) noexcept {
  if (indices == nullptr) return invalid("indices is null");
  if (reinterpret_cast<std::uintptr_t>(indices) % static_cast<std::uintptr_t>(size_of(g.type)) != 0) {
    return invalid("indices is not aligned to its elements");
  }
  return {};
}

// Whether a tensor and the indices meet in range.
inline bool meets_indices(const TensorDesc& t, const void* data, const IndexGeometry& g, const void* indices) noexcept {
  const auto a = reinterpret_cast<std::uintptr_t>(data), b = reinterpret_cast<std::uintptr_t>(indices);
  const auto bytes = static_cast<std::uintptr_t>(span(g.indices) * size_of(g.type));
  return a < b + bytes && b < a + static_cast<std::uintptr_t>(span(t) * size_of(t.type));
}

}  // namespace poolnorm
