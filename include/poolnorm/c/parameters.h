/* Arrays of parameters: of float, or of double where the tensors are f64. C of parameters.hpp. */
#pragma once

#include <stdint.h>

#include <poolnorm/c/tensor.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* A size of 0, as in a zeroed struct, is not given, whatever data is. The values must live until make() or a one-line
   call returns, those of a run until run() does. Those that a run reads must not overlap what it writes; that is not
   checked. */
typedef struct poolnorm_parameters {
  const void* data;
  int64_t size;
  int32_t type; /* POOLNORM_ELEMENT_TYPE_F32 or POOLNORM_ELEMENT_TYPE_F64 */
} poolnorm_parameters;

/* What a run writes. A size of 0: not wanted. Must overlap neither tensors nor other arrays; that is not checked. */
typedef struct poolnorm_mutable_parameters {
  void* data;
  int64_t size;
  int32_t type;
} poolnorm_mutable_parameters;

static inline poolnorm_parameters poolnorm_floats_of(const float* data, int64_t size) {
  const poolnorm_parameters p = {data, size, POOLNORM_ELEMENT_TYPE_F32};
  return p;
}
static inline poolnorm_parameters poolnorm_doubles_of(const double* data, int64_t size) {
  const poolnorm_parameters p = {data, size, POOLNORM_ELEMENT_TYPE_F64};
  return p;
}
static inline poolnorm_mutable_parameters poolnorm_mutable_floats_of(float* data, int64_t size) {
  const poolnorm_mutable_parameters p = {data, size, POOLNORM_ELEMENT_TYPE_F32};
  return p;
}
static inline poolnorm_mutable_parameters poolnorm_mutable_doubles_of(double* data, int64_t size) {
  const poolnorm_mutable_parameters p = {data, size, POOLNORM_ELEMENT_TYPE_F64};
  return p;
}

#if defined(__cplusplus)
}
#endif
