// Quantisations of a request, checked.
#pragma once

#include <algorithm>

#include <poolnorm/quantization.hpp>
#include <poolnorm/status.hpp>
#include <poolnorm/tensor.hpp>

namespace poolnorm {

// Types whose elements may have a scale and a zero point.
constexpr bool quantized(ElementType type) noexcept { return type == ElementType::s8 || type == ElementType::u8; }

constexpr bool alike(const Quantization& a, const Quantization& b) noexcept {
  return a.scale == b.scale && a.zero_point == b.zero_point;
}

// A number in steps of `scale`. What is larger than 2^100 becomes 2^100, so that sums of steps are finite.
inline float in_steps(double real, double scale) noexcept {
  return static_cast<float>(std::clamp(real / scale, -0x1p100, 0x1p100));
}

// Messages call it `name`. A zero point means nothing where `type` is not quantized().
Status check_quantization(const char* name, const Quantization& quantization, ElementType type) noexcept;
Status check_rounding(Rounding rounding) noexcept;

}  // namespace poolnorm
