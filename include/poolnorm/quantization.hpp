// What the integers of an 8-bit tensor stand for: real = scale * (q - zero_point).
#pragma once

#include <cstdint>

namespace poolnorm {

struct Quantization {
  float scale = 1;              // finite, above 0
  std::int32_t zero_point = 0;  // an element: -128 to 127 of s8, 0 to 255 of u8
};

// What becomes of a half in a result of s8 or u8.
enum class Rounding : int {
  half_to_even = 0,     // 2.5 -> 2 (ONNX, oneDNN)
  half_away_from_zero,  // 2.5 -> 3, -2.5 -> -3 (TensorFlow Lite)
};

}  // namespace poolnorm
