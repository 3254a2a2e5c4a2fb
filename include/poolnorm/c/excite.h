/* The second half of squeeze-and-excitation: y = act(x * scale[n][c] [+ residual]). C of excite.hpp. */
#pragma once

#if defined(POOLNORM_WITHOUT_NORMS)
#error "this build of poolnorm has no norms: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/norm.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* Dims N, C and 0 to 3 spatial dims. */
typedef struct poolnorm_excite_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst;      /* not given: as src */
  poolnorm_tensor_desc residual; /* not given: none. A stride of 0 broadcasts along that dim */
  poolnorm_activation activation;
} poolnorm_excite_desc;

static inline poolnorm_excite_desc poolnorm_excite_desc_init(void) {
  poolnorm_excite_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_excite_plan poolnorm_excite_plan;

POOLNORM_API int poolnorm_excite_plan_make(poolnorm_excite_plan** plan, const poolnorm_excite_desc* desc,
                                           const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_excite_plan_destroy(poolnorm_excite_plan* plan);

/* scale: N x C values of float (of double where the tensors are f64), packed; no output may overlap them. residual:
   null where the plan has none. dst may be src itself, or residual itself, where their strides agree. */
POOLNORM_API int poolnorm_excite_plan_run(const poolnorm_excite_plan* plan, const void* src, const void* scale,
                                          const void* residual, void* dst, const poolnorm_run_context* context,
                                          poolnorm_status* status);

/* Always 0 today; callers that ask are safe with later versions. */
POOLNORM_API size_t poolnorm_excite_plan_workspace_bytes(const poolnorm_excite_plan* plan,
                                                         const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_excite_plan_explain(const poolnorm_excite_plan* plan, char* buffer, size_t size);

/* One call, no plan kept. residual: null where there is none. Mind the order: dst before residual, other than in
   ..._run(). */
POOLNORM_API int poolnorm_excite(const poolnorm_excite_desc* desc, const void* src, const void* scale, void* dst,
                                 const void* residual, poolnorm_status* status);

#if defined(__cplusplus)
}
#endif
