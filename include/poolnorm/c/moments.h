/* Moments, in a form that can be merged. C of moments.hpp. */
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/tensor.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* The statistics of a set of values, in a form that can be merged. */
typedef struct poolnorm_moments {
  int64_t count;
  double mean;
  double m2; /* sum of squared distances from the mean */
} poolnorm_moments;

/* Moments of `count` parts as those of the whole, channel by channel: part p occupies parts[p * channels] to
   parts[(p + 1) * channels - 1], in the order of the images. out may be the first part; no parts give moments of count
   0. Where either is null, nothing happens. */
POOLNORM_API void poolnorm_merge_moments(const poolnorm_moments* parts, int64_t count, int64_t channels,
                                         poolnorm_moments* out);

#if defined(__cplusplus)
}
#endif
