// Arrays of parameters: what the tensors want, and what stands in them.
#pragma once

#include <poolnorm/parameters.hpp>

#include "plan/refuse.hpp"

namespace poolnorm {

// Of the parameters and statistics of tensors of this type.
constexpr ElementType parameter_type(ElementType tensors) noexcept {
  return tensors == ElementType::f64 ? ElementType::f64 : ElementType::f32;
}

// `Array`: Parameters or MutableParameters, given.
template <class Array>
Status check_parameter_type(const char* prefix, const char* field, const Array& values, ElementType wanted) noexcept {
  if (values.type == wanted) return {};
  return invalid("%s%s holds %s, must hold %s as these tensors' parameters do", prefix, field, name(values.type),
                 name(wanted));
}

// An array of the type that its tensors want, null when it is not given.
template <class T>
const T* values_as(const Parameters& values) noexcept {
  return values.size == 0 ? nullptr : static_cast<const T*>(values.data);
}

// Value `i` of an array that is given.
inline double value_of(const Parameters& values, std::int64_t i) noexcept {
  return values.type == ElementType::f64 ? static_cast<const double*>(values.data)[i]
                                         : static_cast<double>(static_cast<const float*>(values.data)[i]);
}

inline double value_or(const Parameters& values, std::int64_t i, double missing) noexcept {
  return values.size == 0 ? missing : value_of(values, i);
}

}  // namespace poolnorm
