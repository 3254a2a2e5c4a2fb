/* poolnorm_tensor_desc: the shape of a tensor in memory. C of tensor.hpp. */
#pragma once

#include <stdint.h>

#include <poolnorm/c/rename.h>
#include <poolnorm/export.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define POOLNORM_MAX_RANK 5         /* N, C, D, H, W */
#define POOLNORM_MAX_SPATIAL_RANK 3 /* D, H, W */

enum {
  POOLNORM_ELEMENT_TYPE_F32 = 0,
  POOLNORM_ELEMENT_TYPE_F16 = 1,  /* IEEE binary16 */
  POOLNORM_ELEMENT_TYPE_BF16 = 2, /* the upper half of an f32 */
  POOLNORM_ELEMENT_TYPE_F64 = 3,
  POOLNORM_ELEMENT_TYPE_S8 = 4,
  POOLNORM_ELEMENT_TYPE_U8 = 5
};

/* Layout is strides. Zeroed: "not given". */
typedef struct poolnorm_tensor_desc {
  int32_t type;                       /* POOLNORM_ELEMENT_TYPE_... */
  int32_t rank;                       /* 2 + spatial dims; 0 means "not given" */
  int64_t dims[POOLNORM_MAX_RANK];    /* N, C, [D,] [H,] W */
  int64_t strides[POOLNORM_MAX_RANK]; /* in elements; those of dims of size 1 are ignored */
} poolnorm_tensor_desc;

/* Bytes of one element; 0 for a type that is none. */
POOLNORM_API int64_t poolnorm_size_of(int32_t type);

/* "f32", "f16", ...; "unknown" for a value that is none of them. */
POOLNORM_API const char* poolnorm_element_type_name(int32_t type);

/* 1 where this build has kernels for this type, of the operations that work on it, else 0. */
POOLNORM_API int poolnorm_element_type_available(int32_t type);

/* The product of the dims; 0 for a tensor that is null, not given, or of a rank that is none. */
POOLNORM_API int64_t poolnorm_elements(const poolnorm_tensor_desc* tensor);

/* Packed f32 tensors (set `type` for others) of dims N, C, [D,] [H,] W: channels before the spatial dims, or last in memory. With
   null dims or a rank that is none, the result is one that every plan refuses; of rank 0 it is a tensor not given.
     poolnorm_nchw(4, (const int64_t[]){1, 64, 112, 112}) */
POOLNORM_API poolnorm_tensor_desc poolnorm_nchw(int32_t rank, const int64_t* dims);
POOLNORM_API poolnorm_tensor_desc poolnorm_nhwc(int32_t rank, const int64_t* dims);

/* `count` channels of `whole`; their data begins at  data + first * whole.strides[1]. */
POOLNORM_API poolnorm_tensor_desc poolnorm_channel_slice(poolnorm_tensor_desc whole, int64_t count);

/* A poolnorm_nchw() tensor whose rows begin `pitch` >= W elements apart. */
POOLNORM_API poolnorm_tensor_desc poolnorm_padded_rows(poolnorm_tensor_desc packed, int64_t pitch);

#if defined(__cplusplus)
}
#endif
