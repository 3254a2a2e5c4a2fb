// What runs of norms check of the pointers they are handed.
#pragma once

#include <poolnorm/batch_norm_training.hpp>

#include "plan/parameters.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

// An array of a run: `size` values of f32, or not given.
template <class Array>
Status check_array(const char* name, const Array& values, std::int64_t size) noexcept {
  if (values.size == 0) return {};
  if (values.size != size) {
    return invalid("%s has %lld values, must have %lld", name, static_cast<long long>(values.size),
                   static_cast<long long>(size));
  }
  if (values.data == nullptr) return invalid("%s is null", name);
  return check_parameter_type("", name, values, ElementType::f32);
}

// Given, and of this length.
inline Status check_needed(const char* name, const Parameters& values, std::int64_t size) noexcept {
  if (values.size == 0) return invalid("%s is not given, must have %lld values", name, static_cast<long long>(size));
  return check_array(name, values, size);
}

// dst may be `data` itself where the strides agree, and otherwise shares nothing with it.
inline Status check_apart(const char* name, const TensorDesc& t, const float* data, const TensorDesc& dst_desc,
                          const float* dst, const char* dst_name = "dst") noexcept {
  if (data == nullptr) return invalid("%s is null", name);
  if (dst == nullptr) return invalid("%s is null", dst_name);
  if (data == dst && same_strides(t, dst_desc)) return {};
  return overlap(t, data, dst_desc, dst) ? invalid("%s and %s overlap in part", name, dst_name) : Status{};
}

// The data of an array that was given, or null.
inline const float* data_of(const Parameters& values) noexcept {
  return values.size == 0 ? nullptr : static_cast<const float*>(values.data);
}
inline float* data_of(const MutableParameters& values) noexcept {
  return values.size == 0 ? nullptr : static_cast<float*>(values.data);
}

}  // namespace poolnorm
