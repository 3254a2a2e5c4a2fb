// Arrays of parameters, as descriptors and runs take them: of float, or of double where the tensors are f64.
#pragma once

#include <cstddef>
#include <cstdint>

#include <poolnorm/tensor.hpp>

namespace poolnorm {

// Made of a pointer and a length, or of a container of float or double; owns nothing. Those of a descriptor must live
// until make() or a one-line call returns, those of a run until run() does: not temporary containers. A size of 0 is
// not given, whatever data is. Arrays of another type than the tensors want are refused with a message. Those that a
// run reads must not overlap what it writes; that is not checked.
struct Parameters {
  const void* data = nullptr;
  std::int64_t size = 0;
  ElementType type = ElementType::f32;  // f32 or f64

  Parameters() = default;
  Parameters(const void* data_, std::int64_t size_, ElementType type_) noexcept
      : data(data_), size(size_), type(type_) {}
  Parameters(std::nullptr_t, std::int64_t size_) noexcept : size(size_) {}
  Parameters(const float* data_, std::int64_t size_) noexcept : Parameters(data_, size_, ElementType::f32) {}
  Parameters(const double* data_, std::int64_t size_) noexcept : Parameters(data_, size_, ElementType::f64) {}
  template <class Container, class = decltype(Parameters(static_cast<const Container*>(nullptr)->data(), 0))>
  Parameters(const Container& c) noexcept : Parameters(c.data(), static_cast<std::int64_t>(c.size())) {}
};

// The same for what a run writes. A size of 0: not wanted. Must overlap neither tensors nor other arrays; that is not
// checked.
struct MutableParameters {
  void* data = nullptr;
  std::int64_t size = 0;
  ElementType type = ElementType::f32;

  MutableParameters() = default;
  MutableParameters(void* data_, std::int64_t size_, ElementType type_) noexcept
      : data(data_), size(size_), type(type_) {}
  MutableParameters(std::nullptr_t, std::int64_t size_) noexcept : size(size_) {}
  MutableParameters(float* data_, std::int64_t size_) noexcept : MutableParameters(data_, size_, ElementType::f32) {}
  MutableParameters(double* data_, std::int64_t size_) noexcept : MutableParameters(data_, size_, ElementType::f64) {}
  template <class Container, class = decltype(MutableParameters(static_cast<Container*>(nullptr)->data(), 0))>
  MutableParameters(Container& c) noexcept : MutableParameters(c.data(), static_cast<std::int64_t>(c.size())) {}
};

}  // namespace poolnorm
