/* Group norm and instance norm. C of group_norm.hpp, where the operation is described. */
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

/* Dims N, C and 0 to 3 spatial dims. */
typedef struct poolnorm_group_norm_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst; /* not given: as src */
  int64_t groups;           /* default 1 */
  float epsilon;            /* default 1e-5 */
  int32_t reserved;
} poolnorm_group_norm_desc;

static inline poolnorm_group_norm_desc poolnorm_group_norm_desc_init(void) {
  poolnorm_group_norm_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.groups = 1;
  d.epsilon = 1e-5f;
  return d;
}

/* Instance norm has one group a channel. */
static inline poolnorm_group_norm_desc poolnorm_instance_norm(poolnorm_tensor_desc src) {
  poolnorm_group_norm_desc d = poolnorm_group_norm_desc_init();
  d.src = src;
  if (src.rank >= 2 && src.dims[1] > 1) d.groups = src.dims[1];
  return d;
}

typedef struct poolnorm_group_norm_data {
  size_t struct_size;
  const void* src;
  void* dst;
  poolnorm_parameters gamma;              /* C values; not given: 1 */
  poolnorm_parameters beta;               /* C values; not given: 0 */
  poolnorm_mutable_parameters saved_mean; /* N * groups values, as are the next two */
  poolnorm_mutable_parameters saved_mean_low;
  poolnorm_mutable_parameters saved_invstd;
} poolnorm_group_norm_data;

static inline poolnorm_group_norm_data poolnorm_group_norm_data_init(void) {
  poolnorm_group_norm_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_group_norm_plan poolnorm_group_norm_plan;

POOLNORM_API int poolnorm_group_norm_plan_make(poolnorm_group_norm_plan** plan, const poolnorm_group_norm_desc* desc,
                                               const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_group_norm_plan_destroy(poolnorm_group_norm_plan* plan);

/* dst may be src itself where their strides agree. */
POOLNORM_API int poolnorm_group_norm_plan_run(const poolnorm_group_norm_plan* plan,
                                              const poolnorm_group_norm_data* data, const poolnorm_run_context* context,
                                              poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_group_norm_plan_workspace_bytes(const poolnorm_group_norm_plan* plan,
                                                             const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_group_norm_plan_explain(const poolnorm_group_norm_plan* plan, char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
