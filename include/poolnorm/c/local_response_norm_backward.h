/* Gradient of local response norm. C of local_response_norm_backward.hpp, where it is described. */
#pragma once

#if defined(POOLNORM_WITHOUT_GRADIENTS)
#error "this build of poolnorm has no gradients: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/local_response_norm.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* Of the forward norm, with its numbers. */
typedef struct poolnorm_local_response_norm_backward_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;      /* the forward input */
  poolnorm_tensor_desc grad_dst; /* not given: as src */
  poolnorm_tensor_desc grad_src; /* not given: as src */
  int64_t size;                  /* default 5 */
  int32_t window;                /* POOLNORM_RESPONSE_WINDOW_... */
  int32_t reserved;              /* 0 */
  double alpha;                  /* default 1e-4 */
  double beta;                   /* default 0.75 */
  double k;                      /* default 1 */
} poolnorm_local_response_norm_backward_desc;

static inline poolnorm_local_response_norm_backward_desc poolnorm_local_response_norm_backward_desc_init(void) {
  poolnorm_local_response_norm_backward_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.size = 5;
  d.alpha = 1e-4;
  d.beta = 0.75;
  d.k = 1;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_local_response_norm_backward_plan poolnorm_local_response_norm_backward_plan;

POOLNORM_API int poolnorm_local_response_norm_backward_plan_make(poolnorm_local_response_norm_backward_plan** plan,
                                                                 const poolnorm_local_response_norm_backward_desc* desc,
                                                                 const poolnorm_plan_options* options,
                                                                 poolnorm_status* status);
POOLNORM_API void poolnorm_local_response_norm_backward_plan_destroy(poolnorm_local_response_norm_backward_plan* plan);

/* grad_src may be grad_dst or src itself where the strides agree. */
POOLNORM_API int poolnorm_local_response_norm_backward_plan_run(const poolnorm_local_response_norm_backward_plan* plan,
                                                                const void* src, const void* grad_dst, void* grad_src,
                                                                const poolnorm_run_context* context,
                                                                poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_local_response_norm_backward_plan_workspace_bytes(
    const poolnorm_local_response_norm_backward_plan* plan, const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_local_response_norm_backward_plan_explain(
    const poolnorm_local_response_norm_backward_plan* plan, char* buffer, size_t size);

#if defined(__cplusplus)
}
#endif
