// Tables that have a member for every floating-point type.
#pragma once

#include <poolnorm/tensor.hpp>

namespace poolnorm {

template <class Tables>
const auto& of_type(const Tables& t, ElementType type) noexcept {
  return type == ElementType::f16    ? t.f16
         : type == ElementType::bf16 ? t.bf16
         : type == ElementType::f64  ? t.f64
                                     : t.f32;
}

}  // namespace poolnorm
