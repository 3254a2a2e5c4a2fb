// The first element of a tensor, as run() takes it: a pointer to float, double, std::int8_t or std::uint8_t,
// which must be what the TensorDesc says, or to void, which is believed (f16 and bf16, any bytes). Aligned to the
// element's size, no more; so are parameters and moments.
#pragma once

#include <cstddef>
#include <cstdint>

#include <poolnorm/tensor.hpp>

namespace poolnorm {

struct ConstElements {
  const void* data = nullptr;
  ElementType type = ElementType::f32;
  bool typed = false;  // whether the pointer said its type

  ConstElements(const void* p) noexcept : data(p) {}
  ConstElements(std::nullptr_t) noexcept {}
  ConstElements(const float* p) noexcept : data(p), type(ElementType::f32), typed(true) {}
  ConstElements(const double* p) noexcept : data(p), type(ElementType::f64), typed(true) {}
  ConstElements(const std::int8_t* p) noexcept : data(p), type(ElementType::s8), typed(true) {}
  ConstElements(const std::uint8_t* p) noexcept : data(p), type(ElementType::u8), typed(true) {}
};

struct Elements {
  void* data = nullptr;
  ElementType type = ElementType::f32;
  bool typed = false;

  Elements(void* p) noexcept : data(p) {}
  Elements(std::nullptr_t) noexcept {}
  Elements(float* p) noexcept : data(p), type(ElementType::f32), typed(true) {}
  Elements(double* p) noexcept : data(p), type(ElementType::f64), typed(true) {}
  Elements(std::int8_t* p) noexcept : data(p), type(ElementType::s8), typed(true) {}
  Elements(std::uint8_t* p) noexcept : data(p), type(ElementType::u8), typed(true) {}
};

}  // namespace poolnorm
