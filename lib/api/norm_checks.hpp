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

// dst may be `src` itself where the strides agree, and otherwise shares nothing with it.
template <class Pointer>
Status check_apart(const char* name, const TensorDesc& t, const Pointer& src, const TensorDesc& dst_desc,
                   const Elements& dst, const char* dst_name = "dst") noexcept {
  Status s;
  if (!(s = check_elements(name, src, t.type)) || !(s = check_elements(dst_name, dst, dst_desc.type))) return s;
  if (src.data == dst.data && same_strides(t, dst_desc)) return {};
  return overlap(t, src.data, dst_desc, dst.data) ? invalid("%s and %s overlap in part", name, dst_name) : Status{};
}

// The same of tensors that lie apart.
template <class Pointer>
Status check_disjoint(const char* name, const TensorDesc& t, const Pointer& src, const char* dst_name,
                      const TensorDesc& dst_desc, const Elements& dst) noexcept {
  Status s;
  if (!(s = check_elements(name, src, t.type)) || !(s = check_elements(dst_name, dst, dst_desc.type))) return s;
  return overlap(t, src.data, dst_desc, dst.data) ? invalid("%s and %s overlap", name, dst_name) : Status{};
}

// An array that was given and checked, or none.
inline Numbers numbers_of(const Parameters& values) noexcept {
  return {values.size == 0 ? nullptr : values.data, values.type == ElementType::f64};
}
inline MutableNumbers numbers_of(const MutableParameters& values) noexcept {
  return {values.size == 0 ? nullptr : values.data, values.type == ElementType::f64};
}

}  // namespace poolnorm
