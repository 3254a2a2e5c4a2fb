/* Gradients of batch norm, group norm and instance norm. C of norm_backward.hpp, where they are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/batch_norm_training.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct poolnorm_batch_norm_backward_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;           /* the forward input */
  poolnorm_tensor_desc grad_dst;      /* not given: as src */
  poolnorm_tensor_desc grad_src;      /* not given: as src */
  poolnorm_tensor_desc grad_residual; /* with a mask: the gradient behind it. Not given: none */
  int32_t training;                   /* 1, the default: statistics were the batch's; 0: running ones */
  float epsilon;                      /* default 1e-5 */
  int32_t mask;                       /* 1: the forward plan noted a relu's mask */
  int32_t reserved;
} poolnorm_batch_norm_backward_desc;

static inline poolnorm_batch_norm_backward_desc poolnorm_batch_norm_backward_desc_init(void) {
  poolnorm_batch_norm_backward_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.training = 1;
  d.epsilon = 1e-5f;
  return d;
}

typedef struct poolnorm_batch_norm_backward_data {
  size_t struct_size;
  const void* src;
  const void* grad_dst;
  void* grad_src;
  void* grad_residual;                    /* if the plan writes one */
  const uint8_t* mask;                    /* if the plan has one; apart from what is written, which is not checked */
  poolnorm_parameters gamma;              /* C values; not given: 1 */
  poolnorm_parameters mean;               /* C values: saved_mean, or running_mean */
  poolnorm_parameters mean_low;           /* C values: saved_mean_low; not given: 0 */
  poolnorm_parameters invstd;             /* C values: saved_invstd, training only */
  poolnorm_parameters variance;           /* C values: running_variance, inference only */
  poolnorm_mutable_parameters grad_gamma; /* C values; not given: not wanted */
  poolnorm_mutable_parameters grad_beta;  /* C values; not given: not wanted */
} poolnorm_batch_norm_backward_data;

static inline poolnorm_batch_norm_backward_data poolnorm_batch_norm_backward_data_init(void) {
  poolnorm_batch_norm_backward_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_batch_norm_backward_plan poolnorm_batch_norm_backward_plan;

POOLNORM_API int poolnorm_batch_norm_backward_plan_make(poolnorm_batch_norm_backward_plan** plan,
                                                        const poolnorm_batch_norm_backward_desc* desc,
                                                        const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_batch_norm_backward_plan_destroy(poolnorm_batch_norm_backward_plan* plan);

/* grad_src or grad_residual may be grad_dst itself where the strides agree; any other overlap is refused. N = 0:
   nothing is written, not even grad_gamma and grad_beta (PyTorch: zeros). */
POOLNORM_API int poolnorm_batch_norm_backward_plan_run(const poolnorm_batch_norm_backward_plan* plan,
                                                       const poolnorm_batch_norm_backward_data* data,
                                                       const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_batch_norm_backward_plan_workspace_bytes(const poolnorm_batch_norm_backward_plan* plan,
                                                                      const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_batch_norm_backward_plan_explain(const poolnorm_batch_norm_backward_plan* plan,
                                                              char* buffer, size_t size);

typedef struct poolnorm_group_norm_backward_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc grad_dst; /* not given: as src */
  poolnorm_tensor_desc grad_src; /* not given: as src */
  int64_t groups;                /* default 1 */
} poolnorm_group_norm_backward_desc;

static inline poolnorm_group_norm_backward_desc poolnorm_group_norm_backward_desc_init(void) {
  poolnorm_group_norm_backward_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.groups = 1;
  return d;
}

typedef struct poolnorm_group_norm_backward_data {
  size_t struct_size;
  const void* src;
  const void* grad_dst;
  void* grad_src;
  poolnorm_parameters gamma;    /* C values; not given: 1 */
  poolnorm_parameters mean;     /* N * groups values: saved_mean */
  poolnorm_parameters mean_low; /* N * groups values: saved_mean_low; not given: 0 */
  poolnorm_parameters invstd;   /* N * groups values: saved_invstd */
  poolnorm_mutable_parameters grad_gamma;
  poolnorm_mutable_parameters grad_beta;
} poolnorm_group_norm_backward_data;

static inline poolnorm_group_norm_backward_data poolnorm_group_norm_backward_data_init(void) {
  poolnorm_group_norm_backward_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_group_norm_backward_plan poolnorm_group_norm_backward_plan;

POOLNORM_API int poolnorm_group_norm_backward_plan_make(poolnorm_group_norm_backward_plan** plan,
                                                        const poolnorm_group_norm_backward_desc* desc,
                                                        const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_group_norm_backward_plan_destroy(poolnorm_group_norm_backward_plan* plan);

/* grad_src may be grad_dst itself where the strides agree; any other overlap is refused. N = 0: as above. */
POOLNORM_API int poolnorm_group_norm_backward_plan_run(const poolnorm_group_norm_backward_plan* plan,
                                                       const poolnorm_group_norm_backward_data* data,
                                                       const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_group_norm_backward_plan_workspace_bytes(const poolnorm_group_norm_backward_plan* plan,
                                                                      const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_group_norm_backward_plan_explain(const poolnorm_group_norm_backward_plan* plan,
                                                              char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
