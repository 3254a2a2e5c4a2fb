/* Max pooling with indices and max unpooling. C of max_indices.hpp, where they are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_INDICES)
#error "this build of poolnorm has no indices: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

enum {
  POOLNORM_INDEX_TYPE_U8 = 0,  /* the tap, within the window */
  POOLNORM_INDEX_TYPE_I32 = 1, /* flat in the plane */
  POOLNORM_INDEX_TYPE_I64 = 2
};

enum { POOLNORM_INDEX_ORDER_ROW_MAJOR = 0, POOLNORM_INDEX_ORDER_COLUMN_MAJOR = 1 };
enum { POOLNORM_INDEX_SCOPE_PLANE = 0, POOLNORM_INDEX_SCOPE_TENSOR = 1 };

/* The pooling that makes the indices, and they; plans that take indices back write `pool->src`. */
typedef struct poolnorm_max_indices_desc {
  size_t struct_size;
  const poolnorm_pool_desc* pool;
  poolnorm_tensor_desc indices; /* dims of dst; not given: packed, in the layout of dst */
  int32_t index_type;           /* POOLNORM_INDEX_TYPE_...; default I64 */
  int32_t reserved;
  int32_t index_order; /* POOLNORM_INDEX_ORDER_... */
  int32_t index_scope; /* POOLNORM_INDEX_SCOPE_... */
} poolnorm_max_indices_desc;

static inline poolnorm_max_indices_desc poolnorm_max_indices_desc_init(const poolnorm_pool_desc* pool) {
  poolnorm_max_indices_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.pool = pool;
  d.index_type = POOLNORM_INDEX_TYPE_I64;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_max_indices_plan poolnorm_max_indices_plan;

POOLNORM_API int poolnorm_max_indices_plan_make(poolnorm_max_indices_plan** plan, const poolnorm_max_indices_desc* desc,
                                                const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_max_indices_plan_destroy(poolnorm_max_indices_plan* plan);

/* `indices`: uint8_t, int32_t or int64_t, aligned to its type. No two of the three may overlap. */
POOLNORM_API int poolnorm_max_indices_plan_run(const poolnorm_max_indices_plan* plan, const void* src, void* dst,
                                               void* indices, const poolnorm_run_context* context,
                                               poolnorm_status* status);
POOLNORM_API size_t poolnorm_max_indices_plan_workspace_bytes(const poolnorm_max_indices_plan* plan,
                                                              const poolnorm_executor* executor);
POOLNORM_API poolnorm_tensor_desc poolnorm_max_indices_plan_dst(const poolnorm_max_indices_plan* plan);
POOLNORM_API poolnorm_tensor_desc poolnorm_max_indices_plan_indices(const poolnorm_max_indices_plan* plan);
POOLNORM_API size_t poolnorm_max_indices_plan_explain(const poolnorm_max_indices_plan* plan, char* buffer, size_t size);

/* dst[indices[i]] = src[i], 0 elsewhere. */
typedef struct poolnorm_max_unpool_plan poolnorm_max_unpool_plan;

POOLNORM_API int poolnorm_max_unpool_plan_make(poolnorm_max_unpool_plan** plan, const poolnorm_max_indices_desc* desc,
                                               const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_max_unpool_plan_destroy(poolnorm_max_unpool_plan* plan);

/* Indices are aligned, and nothing overlaps. Those of another geometry are skipped, and counted in `skipped` (may be
   null). */
POOLNORM_API int poolnorm_max_unpool_plan_run(const poolnorm_max_unpool_plan* plan, const void* src,
                                              const void* indices, void* dst, const poolnorm_run_context* context,
                                              int64_t* skipped, poolnorm_status* status);
POOLNORM_API size_t poolnorm_max_unpool_plan_workspace_bytes(const poolnorm_max_unpool_plan* plan,
                                                             const poolnorm_executor* executor);
POOLNORM_API size_t poolnorm_max_unpool_plan_explain(const poolnorm_max_unpool_plan* plan, char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
