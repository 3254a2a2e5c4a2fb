// GuardedArray: parameters, statistics, masks and gradients of parameters between protected pages.
#pragma once

#include <algorithm>
#include <cstring>
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
    given_ = values;
  }
  T* data() const { return static_cast<T*>(buffer_.bytes()); }
  std::size_t size() const { return size_; }
  std::vector<T> read() const { return {data(), data() + size_}; }
  // An input: whether it, and what surrounds it, is as it was.
  bool untouched() const {
    return (size_ == 0 || std::memcmp(data(), given_.data(), size_ * sizeof(T)) == 0) && surroundings_untouched();
  }
  bool surroundings_untouched() const { return buffer_.untouched_but(data(), size_ * sizeof(T)); }

 private:
  std::size_t size_;
  std::vector<T> given_;
  GuardedBuffer buffer_;
};

}  // namespace poolnorm::tests
