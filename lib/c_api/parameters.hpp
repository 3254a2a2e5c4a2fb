// Parameter arrays of C.
#pragma once

#include <poolnorm/c/parameters.h>
#include <poolnorm/parameters.hpp>

namespace poolnorm::c_api {

inline Parameters from_c(const poolnorm_parameters& c) noexcept {
  return {c.data, c.size, static_cast<ElementType>(c.type)};
}
inline MutableParameters from_c(const poolnorm_mutable_parameters& c) noexcept {
  return {c.data, c.size, static_cast<ElementType>(c.type)};
}

}  // namespace poolnorm::c_api
