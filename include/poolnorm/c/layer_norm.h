/* Layer norm and RMS norm over trailing axes. C of layer_norm.hpp, where the operation is described. */
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/batch_norm_training.h>

#if defined(__cplusplus)
extern "C" {
#endif

enum { POOLNORM_ROW_STATISTICS_MEAN_AND_VARIANCE = 0, POOLNORM_ROW_STATISTICS_MEAN_SQUARE = 1 };

/* Rank 2 to 5; the axes from `axis` on are packed. */
typedef struct poolnorm_layer_norm_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst;      /* not given: as src */
  poolnorm_tensor_desc residual; /* not given: none. No stride of 0 */
  poolnorm_tensor_desc sum;      /* src + residual is written here too; not given: not wanted */
  int32_t axis;                  /* the first axis of a row; default 1 */
  int32_t statistics;            /* POOLNORM_ROW_STATISTICS_... */
  float epsilon;                 /* default 1e-5; PyTorch's rms_norm: finfo(dtype).eps */
  int32_t reserved;
} poolnorm_layer_norm_desc;

static inline poolnorm_layer_norm_desc poolnorm_layer_norm_desc_init(void) {
  poolnorm_layer_norm_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.axis = 1;
  d.epsilon = 1e-5f;
  return d;
}

static inline poolnorm_layer_norm_desc poolnorm_layer_norm(poolnorm_tensor_desc src, int32_t axis) {
  poolnorm_layer_norm_desc d = poolnorm_layer_norm_desc_init();
  d.src = src;
  d.axis = axis;
  return d;
}
static inline poolnorm_layer_norm_desc poolnorm_rms_norm(poolnorm_tensor_desc src, int32_t axis) {
  poolnorm_layer_norm_desc d = poolnorm_layer_norm(src, axis);
  d.statistics = POOLNORM_ROW_STATISTICS_MEAN_SQUARE;
  return d;
}

typedef struct poolnorm_layer_norm_data {
  size_t struct_size;
  const void* src;
  const void* residual; /* if the plan has one */
  void* sum;            /* if the plan writes one */
  void* dst;
  poolnorm_parameters gamma;              /* as many as a row has elements; not given: 1 */
  poolnorm_parameters beta;               /* the same; not given: 0 */
  poolnorm_mutable_parameters saved_mean; /* one value a row, as are the next two; none of RMS norm */
  poolnorm_mutable_parameters saved_mean_low;
  poolnorm_mutable_parameters saved_invstd;
} poolnorm_layer_norm_data;

static inline poolnorm_layer_norm_data poolnorm_layer_norm_data_init(void) {
  poolnorm_layer_norm_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_layer_norm_plan poolnorm_layer_norm_plan;

POOLNORM_API int poolnorm_layer_norm_plan_make(poolnorm_layer_norm_plan** plan, const poolnorm_layer_norm_desc* desc,
                                               const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_layer_norm_plan_destroy(poolnorm_layer_norm_plan* plan);

/* dst may be src or residual itself, and so may sum, where the strides agree; sum and dst lie apart. */
POOLNORM_API int poolnorm_layer_norm_plan_run(const poolnorm_layer_norm_plan* plan,
                                              const poolnorm_layer_norm_data* data, const poolnorm_run_context* context,
                                              poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_layer_norm_plan_workspace_bytes(const poolnorm_layer_norm_plan* plan,
                                                             const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_layer_norm_plan_explain(const poolnorm_layer_norm_plan* plan, char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
