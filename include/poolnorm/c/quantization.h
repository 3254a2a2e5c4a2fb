/* What the integers of an 8-bit tensor stand for: real = scale * (q - zero_point). */
#pragma once

#include <stdint.h>

typedef struct poolnorm_quantization {
  float scale;        /* finite, above 0 */
  int32_t zero_point; /* an element: -128 to 127 of s8, 0 to 255 of u8 */
} poolnorm_quantization;

/* What becomes of a half in a result of s8 or u8. */
enum { POOLNORM_ROUNDING_HALF_TO_EVEN = 0, POOLNORM_ROUNDING_HALF_AWAY_FROM_ZERO = 1 };

static inline poolnorm_quantization poolnorm_quantization_of(float scale, int32_t zero_point) {
  poolnorm_quantization q;
  q.scale = scale;
  q.zero_point = zero_point;
  return q;
}
