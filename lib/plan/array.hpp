// A heap array whose allocation can fail without a throw.
#pragma once

#include <cstdint>
#include <new>

namespace poolnorm {

template <class T>
class Array {
 public:
  Array() noexcept = default;
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { delete[] data_; }

  // Value-initialises `size` elements; what was there goes. False when memory is short.
  bool allocate(std::int64_t size) noexcept {
    if (size < 0 || static_cast<std::uint64_t>(size) > SIZE_MAX / 2 / sizeof(T)) return false;
    delete[] data_;
    data_ = new (std::nothrow) T[static_cast<std::size_t>(size)]();
    size_ = data_ == nullptr ? 0 : size;
    return data_ != nullptr;
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::int64_t size() const noexcept { return size_; }
  T& operator[](std::int64_t i) noexcept { return data_[i]; }
  const T& operator[](std::int64_t i) const noexcept { return data_[i]; }

 private:
  T* data_ = nullptr;
  std::int64_t size_ = 0;
};

}  // namespace poolnorm
