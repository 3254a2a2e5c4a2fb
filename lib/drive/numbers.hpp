// Arrays of parameters and statistics, f32 or f64 (`wide`): read as f64, rounded to their type where they are
// written. Null where there is none.
#pragma once

#include <cstdint>

namespace poolnorm {

// As many are taken at a time where there are many.
inline constexpr std::int64_t numbers_block = 64;

inline double rounded(double value, bool wide) noexcept {
  return wide ? value : static_cast<double>(static_cast<float>(value));
}

inline void rounded(const double* values, std::int64_t count, bool wide, double* to) noexcept {
  for (std::int64_t i = 0; i < count; ++i) to[i] = wide ? values[i] : static_cast<double>(static_cast<float>(values[i]));
}

class Numbers {
 public:
  Numbers() noexcept = default;
  Numbers(const void* data, bool wide) noexcept : data_(data), wide_(wide) {}

  explicit operator bool() const noexcept { return data_ != nullptr; }
  double operator[](std::int64_t i) const noexcept {
    return wide_ ? static_cast<const double*>(data_)[i] : static_cast<double>(static_cast<const float*>(data_)[i]);
  }
  void read(std::int64_t from, std::int64_t count, double* to) const noexcept {
    if (wide_) {
      const auto* p = static_cast<const double*>(data_) + from;
      for (std::int64_t i = 0; i < count; ++i) to[i] = p[i];
    } else {
      const auto* p = static_cast<const float*>(data_) + from;
      for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<double>(p[i]);
    }
  }
  const void* at(std::int64_t i) const noexcept {
    return data_ == nullptr ? nullptr : static_cast<const char*>(data_) + i * (wide_ ? 8 : 4);
  }

 private:
  const void* data_ = nullptr;
  bool wide_ = false;
};

class MutableNumbers {
 public:
  MutableNumbers() noexcept = default;
  MutableNumbers(void* data, bool wide) noexcept : data_(data), wide_(wide) {}

  explicit operator bool() const noexcept { return data_ != nullptr; }
  bool wide() const noexcept { return wide_; }
  void read(std::int64_t from, std::int64_t count, double* to) const noexcept {
    Numbers(data_, wide_).read(from, count, to);
  }
  void write(std::int64_t from, std::int64_t count, const double* values) const noexcept {
    if (wide_) {
      auto* p = static_cast<double*>(data_) + from;
      for (std::int64_t i = 0; i < count; ++i) p[i] = values[i];
    } else {
      auto* p = static_cast<float*>(data_) + from;
      for (std::int64_t i = 0; i < count; ++i) p[i] = static_cast<float>(values[i]);
    }
  }
  MutableNumbers from(std::int64_t i) const noexcept {
    return {static_cast<char*>(data_) + i * (wide_ ? 8 : 4), wide_};
  }
  const void* data() const noexcept { return data_; }
  void set(std::int64_t i, double value) const noexcept {
    if (wide_) {
      static_cast<double*>(data_)[i] = value;
    } else {
      static_cast<float*>(data_)[i] = static_cast<float>(value);
    }
  }

 private:
  void* data_ = nullptr;
  bool wide_ = false;
};

// An array of one.
class OneNumber {
 public:
  OneNumber(double value, bool wide) noexcept { MutableNumbers(bytes_, wide).set(0, value); }
  const void* data() const noexcept { return bytes_; }

 private:
  alignas(double) unsigned char bytes_[sizeof(double)];
};

}  // namespace poolnorm
