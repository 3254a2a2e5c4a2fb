// Elements of every type as numbers, in plain arithmetic that shares nothing with the library's conversions.
#pragma once

#include <poolnorm/tensor.hpp>

namespace poolnorm::tests {

inline constexpr ElementType element_types[] = {ElementType::f32, ElementType::f16, ElementType::bf16,
                                                ElementType::f64, ElementType::s8,  ElementType::u8};

double decode(ElementType type, const void* p);
// Rounded to nearest even; a NaN keeps what fits of its upper bits. An integer must be one, and in range.
void encode(ElementType type, double value, void* p);
double rounded(ElementType type, double value);

// What a result of T, float or double, is as an element.
template <class T>
T stored(ElementType type, T value) {
  return static_cast<T>(rounded(type, static_cast<double>(value)));
}


}  // namespace poolnorm::tests
