/* Training chains. C of training_chain.hpp, where the operation is described. */
#pragma once

#if defined(POOLNORM_WITHOUT_TRAINING_CHAINS)
#error "this build of poolnorm has no training_chains: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/batch_norm_training.h>
#include <poolnorm/c/max_indices.h>
#include <poolnorm/c/norm_backward.h>
#include <poolnorm/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct poolnorm_training_chain_desc {
  size_t struct_size;
  const poolnorm_batch_norm_training_desc* norm; /* its dst is t: given, t is written, too */
  const poolnorm_pool_desc* pool;                /* its src is not given: it is t. Any op; lp of p = 1, 2 or infinity */
  poolnorm_tensor_desc indices;                  /* not given: packed, in the layout of pool's dst */
  int32_t with_indices;                          /* 1, op max: the places of the maxima, too */
  int32_t index_type;                            /* POOLNORM_INDEX_TYPE_...; default I64 */
} poolnorm_training_chain_desc;

static inline poolnorm_training_chain_desc poolnorm_training_chain_desc_init(
    const poolnorm_batch_norm_training_desc* norm, const poolnorm_pool_desc* pool) {
  poolnorm_training_chain_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.norm = norm;
  d.pool = pool;
  d.index_type = POOLNORM_INDEX_TYPE_I64;
  return d;
}

typedef struct poolnorm_training_chain_data {
  size_t struct_size;
  const poolnorm_batch_norm_training_data* norm; /* its dst is t, if the plan writes it */
  void* dst;
  void* indices; /* if the plan has them */
} poolnorm_training_chain_data;

static inline poolnorm_training_chain_data poolnorm_training_chain_data_init(
    const poolnorm_batch_norm_training_data* norm) {
  poolnorm_training_chain_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.norm = norm;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_training_chain_plan poolnorm_training_chain_plan;

POOLNORM_API int poolnorm_training_chain_plan_make(poolnorm_training_chain_plan** plan,
                                                   const poolnorm_training_chain_desc* desc,
                                                   const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_training_chain_plan_destroy(poolnorm_training_chain_plan* plan);

/* t may be src itself, or residual itself, where their strides agree; dst and indices overlap nothing. */
POOLNORM_API int poolnorm_training_chain_plan_run(const poolnorm_training_chain_plan* plan,
                                                  const poolnorm_training_chain_data* data,
                                                  const poolnorm_run_context* context, poolnorm_status* status);

/* The second pass alone, with the moments of a batch in several parts, C values of one count. */
POOLNORM_API int poolnorm_training_chain_plan_apply(const poolnorm_training_chain_plan* plan,
                                                    const poolnorm_moments* moments,
                                                    const poolnorm_training_chain_data* data,
                                                    const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_training_chain_plan_workspace_bytes(const poolnorm_training_chain_plan* plan,
                                                                 const poolnorm_executor* executor);

/* Bytes of the mask; its order is described in batch_norm_training.hpp. */
POOLNORM_API size_t poolnorm_training_chain_plan_mask_bytes(const poolnorm_training_chain_plan* plan);

/* As planned, with the dims and strides that were derived; of rank 0 for a null plan. */
POOLNORM_API poolnorm_tensor_desc poolnorm_training_chain_plan_dst(const poolnorm_training_chain_plan* plan);
POOLNORM_API poolnorm_tensor_desc poolnorm_training_chain_plan_indices(const poolnorm_training_chain_plan* plan);

POOLNORM_API size_t poolnorm_training_chain_plan_explain(const poolnorm_training_chain_plan* plan, char* buffer,
                                                         size_t size);

typedef struct poolnorm_training_chain_backward_desc {
  size_t struct_size;
  const poolnorm_batch_norm_backward_desc* norm; /* its grad_dst is not given: the pool makes it */
  const poolnorm_pool_desc* pool;                /* of the forward chain, max, average or lp of p = 1 or 2; dst: grad_dst's */
  poolnorm_tensor_desc indices;
  int32_t with_indices; /* 1: which the gradient of a max needs */
  int32_t index_type;   /* POOLNORM_INDEX_TYPE_...; default I64 */
} poolnorm_training_chain_backward_desc;

static inline poolnorm_training_chain_backward_desc poolnorm_training_chain_backward_desc_init(
    const poolnorm_batch_norm_backward_desc* norm, const poolnorm_pool_desc* pool) {
  poolnorm_training_chain_backward_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.norm = norm;
  d.pool = pool;
  d.index_type = POOLNORM_INDEX_TYPE_I64;
  return d;
}

typedef struct poolnorm_training_chain_backward_data {
  size_t struct_size;
  const poolnorm_batch_norm_backward_data* norm; /* its grad_dst is not given */
  const void* grad_dst;
  const void* indices; /* if the plan has them */
  /* Op lp, else null: what the pool saw, with the strides of grad_residual or, without one, grad_src; with p = 2 what
     it gave, too. */
  const void* t;
  const void* dst;
} poolnorm_training_chain_backward_data;

static inline poolnorm_training_chain_backward_data poolnorm_training_chain_backward_data_init(
    const poolnorm_batch_norm_backward_data* norm) {
  poolnorm_training_chain_backward_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.norm = norm;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_training_chain_backward_plan poolnorm_training_chain_backward_plan;

POOLNORM_API int poolnorm_training_chain_backward_plan_make(poolnorm_training_chain_backward_plan** plan,
                                                            const poolnorm_training_chain_backward_desc* desc,
                                                            const poolnorm_plan_options* options,
                                                            poolnorm_status* status);
POOLNORM_API void poolnorm_training_chain_backward_plan_destroy(poolnorm_training_chain_backward_plan* plan);

/* grad_src and grad_residual overlap nothing. `skipped`: as of poolnorm_max_pool_backward_plan_run; may be null. N = 0:
   as poolnorm_batch_norm_backward_plan_run. */
POOLNORM_API int poolnorm_training_chain_backward_plan_run(const poolnorm_training_chain_backward_plan* plan,
                                                           const poolnorm_training_chain_backward_data* data,
                                                           const poolnorm_run_context* context, int64_t* skipped,
                                                           poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_training_chain_backward_plan_workspace_bytes(
    const poolnorm_training_chain_backward_plan* plan, const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_training_chain_backward_plan_explain(const poolnorm_training_chain_backward_plan* plan,
                                                                  char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
