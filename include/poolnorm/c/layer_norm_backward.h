/* Gradients of layer norm and RMS norm. C of layer_norm_backward.hpp, where they are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/layer_norm.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct poolnorm_layer_norm_backward_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;      /* what the forward plan normed: its src, or its sum */
  poolnorm_tensor_desc grad_dst; /* not given: as src */
  poolnorm_tensor_desc grad_sum; /* a gradient of src from elsewhere; not given: none */
  poolnorm_tensor_desc grad_src; /* not given: as src */
  int32_t axis;                  /* the first axis of a row; default 1 */
  int32_t statistics;            /* POOLNORM_ROW_STATISTICS_... */
} poolnorm_layer_norm_backward_desc;

static inline poolnorm_layer_norm_backward_desc poolnorm_layer_norm_backward_desc_init(void) {
  poolnorm_layer_norm_backward_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.axis = 1;
  return d;
}

typedef struct poolnorm_layer_norm_backward_data {
  size_t struct_size;
  const void* src;
  const void* grad_dst;
  const void* grad_sum; /* if the plan has one */
  void* grad_src;
  poolnorm_parameters gamma;              /* as many as a row has elements; not given: 1 */
  poolnorm_parameters mean;               /* one value a row: saved_mean; none of RMS norm */
  poolnorm_parameters mean_low;           /* the same: saved_mean_low; not given: 0 */
  poolnorm_parameters invstd;             /* one value a row: saved_invstd */
  poolnorm_mutable_parameters grad_gamma; /* as many as a row has elements; not given: not wanted */
  poolnorm_mutable_parameters grad_beta;  /* the same */
} poolnorm_layer_norm_backward_data;

static inline poolnorm_layer_norm_backward_data poolnorm_layer_norm_backward_data_init(void) {
  poolnorm_layer_norm_backward_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_layer_norm_backward_plan poolnorm_layer_norm_backward_plan;

POOLNORM_API int poolnorm_layer_norm_backward_plan_make(poolnorm_layer_norm_backward_plan** plan,
                                                        const poolnorm_layer_norm_backward_desc* desc,
                                                        const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_layer_norm_backward_plan_destroy(poolnorm_layer_norm_backward_plan* plan);

/* grad_src may be grad_dst or grad_sum itself where the strides agree; any other overlap is refused. An empty tensor:
   nothing is written, not even grad_gamma and grad_beta (PyTorch: zeros). */
POOLNORM_API int poolnorm_layer_norm_backward_plan_run(const poolnorm_layer_norm_backward_plan* plan,
                                                       const poolnorm_layer_norm_backward_data* data,
                                                       const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_layer_norm_backward_plan_workspace_bytes(const poolnorm_layer_norm_backward_plan* plan,
                                                                      const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_layer_norm_backward_plan_explain(const poolnorm_layer_norm_backward_plan* plan,
                                                              char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
