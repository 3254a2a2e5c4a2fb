// What runs of norms check of the pointers they are handed.
#pragma once

#include <poolnorm/batch_norm_training.hpp>

#include "api/elements.hpp"
#include "drive/numbers.hpp"
#include "plan/data_type.hpp"
#include "plan/parameters.hpp"
#include "plan/tensor_check.hpp"

namespace poolnorm {

// An array of a run on tensors of this type: `size` values, or not given.
template <class Array>
Status check_array(DataType data, const char* name, const Array& values, std::int64_t size) noexcept {
  if (values.size == 0) return {};
  if (values.size != size) {
    return invalid("%s has %lld values, must have %lld", name, static_cast<long long>(values.size),
                   static_cast<long long>(size));
  }
  if (values.data == nullptr) return invalid("%s is null", name);
  return check_parameter_type("", name, values, parameter_type(data.type));
}

// Given, and of this length.
inline Status check_needed(DataType data, const char* name, const Parameters& values, std::int64_t size) noexcept {
  if (values.size == 0) return invalid("%s is not given, must have %lld values", name, static_cast<long long>(size));
  return check_array(data, name, values, size);
}

// An array that was given and checked, or none.
inline Numbers numbers_of(const Parameters& values) noexcept {
  return {values.size == 0 ? nullptr : values.data, values.type == ElementType::f64};
}
inline MutableNumbers numbers_of(const MutableParameters& values) noexcept {
  return {values.size == 0 ? nullptr : values.data, values.type == ElementType::f64};
}

}  // namespace poolnorm
