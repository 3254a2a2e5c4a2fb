/* Local response norm. C of local_response_norm.hpp, where the operation is described. */
#pragma once

#if defined(POOLNORM_WITHOUT_NORMS)
#error "this build of poolnorm has no norms: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/run.h>
#include <poolnorm/c/status.h>
#include <poolnorm/c/tensor.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* Where a window of an even size has its channel more. An even size n of oneDNN is n - 1 with alpha * (n - 1) / n. */
enum {
  POOLNORM_RESPONSE_WINDOW_LOWER = 0, /* size / 2 channels below, (size - 1) / 2 above (PyTorch) */
  POOLNORM_RESPONSE_WINDOW_UPPER      /* (size - 1) / 2 below, size / 2 above (ONNX) */
};

/* Dims N, C and 0 to 3 spatial dims. */
typedef struct poolnorm_local_response_norm_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst; /* not given: as src */
  int64_t size;             /* channels of a window; default 5 */
  int32_t window;           /* POOLNORM_RESPONSE_WINDOW_... */
  int32_t reserved;         /* 0 */
  double alpha;             /* default 1e-4 */
  double beta;              /* default 0.75 */
  double k;                 /* default 1 */
} poolnorm_local_response_norm_desc;

static inline poolnorm_local_response_norm_desc poolnorm_local_response_norm_desc_init(void) {
  poolnorm_local_response_norm_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.size = 5;
  d.alpha = 1e-4;
  d.beta = 0.75;
  d.k = 1;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_local_response_norm_plan poolnorm_local_response_norm_plan;

POOLNORM_API int poolnorm_local_response_norm_plan_make(poolnorm_local_response_norm_plan** plan,
                                                        const poolnorm_local_response_norm_desc* desc,
                                                        const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_local_response_norm_plan_destroy(poolnorm_local_response_norm_plan* plan);

/* dst may be src itself where their strides agree. */
POOLNORM_API int poolnorm_local_response_norm_plan_run(const poolnorm_local_response_norm_plan* plan, const void* src,
                                                       void* dst, const poolnorm_run_context* context,
                                                       poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_local_response_norm_plan_workspace_bytes(const poolnorm_local_response_norm_plan* plan,
                                                                      const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_local_response_norm_plan_explain(const poolnorm_local_response_norm_plan* plan,
                                                              char* buffer, size_t size);

/* One call, no plan kept. */
POOLNORM_API int poolnorm_local_response_norm(const poolnorm_local_response_norm_desc* desc, const void* src, void* dst,
                                              poolnorm_status* status);

#if defined(__cplusplus)
}
#endif
