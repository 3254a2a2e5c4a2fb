/* Batch norm in training. C of batch_norm_training.hpp, where the operation is described. */
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/moments.h>
#include <poolnorm/c/norm.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* Dims N, C and 0 to 3 spatial dims. */
typedef struct poolnorm_batch_norm_training_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst;      /* not given: as src */
  poolnorm_tensor_desc residual; /* not given: none. No stride of 0 */
  float epsilon;                 /* default 1e-5 */
  float momentum;                /* default 0.1; running = (1 - momentum) * running + momentum * batch */
  poolnorm_activation activation;
  int32_t cumulative;        /* 1: momentum is 1 / (batches_tracked + 1) instead */
  int32_t unbiased_variance; /* in running_variance: default 1 (PyTorch), ONNX 0 */
  int32_t mask;              /* 1: note which elements pass the relu, for backward */
  int32_t reserved;
} poolnorm_batch_norm_training_desc;

static inline poolnorm_batch_norm_training_desc poolnorm_batch_norm_training_desc_init(void) {
  poolnorm_batch_norm_training_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.epsilon = 1e-5f;
  d.momentum = 0.1f;
  d.unbiased_variance = 1;
  return d;
}

/* What a run reads and writes. Arrays have C values; those not given are left out. */
typedef struct poolnorm_batch_norm_training_data {
  size_t struct_size;
  const void* src;
  const void* residual; /* if the plan has one */
  void* dst;
  poolnorm_parameters gamma; /* not given: 1 */
  poolnorm_parameters beta;  /* not given: 0 */
  poolnorm_mutable_parameters running_mean;
  poolnorm_mutable_parameters running_variance;
  int64_t batches_tracked; /* with `cumulative`: batches that running_* have seen */
  poolnorm_mutable_parameters saved_mean;
  poolnorm_mutable_parameters saved_mean_low; /* mean - saved_mean */
  poolnorm_mutable_parameters saved_invstd;   /* 1 / sqrt(variance + epsilon) */
  uint8_t* mask;                              /* ..._mask_bytes(), if the plan has one; overlaps nothing, not checked */
} poolnorm_batch_norm_training_data;

static inline poolnorm_batch_norm_training_data poolnorm_batch_norm_training_data_init(void) {
  poolnorm_batch_norm_training_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_batch_norm_training_plan poolnorm_batch_norm_training_plan;

POOLNORM_API int poolnorm_batch_norm_training_plan_make(poolnorm_batch_norm_training_plan** plan,
                                                        const poolnorm_batch_norm_training_desc* desc,
                                                        const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_batch_norm_training_plan_destroy(poolnorm_batch_norm_training_plan* plan);

/* dst may be src itself, or residual itself, where their strides agree. */
POOLNORM_API int poolnorm_batch_norm_training_plan_run(const poolnorm_batch_norm_training_plan* plan,
                                                       const poolnorm_batch_norm_training_data* data,
                                                       const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_batch_norm_training_plan_workspace_bytes(const poolnorm_batch_norm_training_plan* plan,
                                                                      const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_batch_norm_training_plan_explain(const poolnorm_batch_norm_training_plan* plan,
                                                              char* buffer, size_t size);

/* The same in steps, for a batch in several parts: partial() on every part, poolnorm_merge_moments(), finalise()
   once, apply() on every part. Moments are C values of one count, 0 of N = 0, of which finalise() writes nothing;
   other counts are refused. */
POOLNORM_API int poolnorm_batch_norm_training_plan_partial(const poolnorm_batch_norm_training_plan* plan,
                                                           const void* src, poolnorm_moments* moments,
                                                           const poolnorm_run_context* context,
                                                           poolnorm_status* status);
POOLNORM_API int poolnorm_batch_norm_training_plan_finalise(const poolnorm_batch_norm_training_plan* plan,
                                                            const poolnorm_moments* moments,
                                                            const poolnorm_batch_norm_training_data* data,
                                                            poolnorm_status* status);
POOLNORM_API int poolnorm_batch_norm_training_plan_apply(const poolnorm_batch_norm_training_plan* plan,
                                                         const poolnorm_moments* moments,
                                                         const poolnorm_batch_norm_training_data* data,
                                                         const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes of the mask; its order is described in batch_norm_training.hpp. */
POOLNORM_API size_t poolnorm_batch_norm_training_plan_mask_bytes(const poolnorm_batch_norm_training_plan* plan);

#if defined(__cplusplus)
}
#endif
