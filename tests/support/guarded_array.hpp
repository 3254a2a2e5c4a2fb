// GuardedArray: parameters, statistics, masks and gradients of parameters between protected pages.
#pragma once

#include <algorithm>
#include <vector>

#include "guarded_buffer.hpp"
#include "undefined.hpp"

namespace poolnorm::tests {

// Flush with the page that follows or precedes it. Empty: not given.
template <class T>
class GuardedArray {
 public:
  // Not written yet.
  GuardedArray(std::size_t size, Placement::Edge edge)
      : size_(size), buffer_(static_cast<std::int64_t>(size), {edge, 0}, sizeof(T)) {
    mark_undefined(data(), size_ * sizeof(T));
  }
  GuardedArray(const std::vector<T>& values, Placement::Edge edge) : GuardedArray(values.size(), edge) {
    std::copy(values.begin(), values.end(), data());
  }
  T* data() const { return static_cast<T*>(buffer_.bytes()); }
  std::size_t size() const { return size_; }
  std::vector<T> read() const { return {data(), data() + size_}; }
  bool surroundings_untouched() const { return buffer_.untouched_but(data(), size_ * sizeof(T)); }

 private:
  std::size_t size_;
  GuardedBuffer buffer_;
};

}  // namespace poolnorm::tests
