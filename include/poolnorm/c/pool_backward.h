/* Gradients of max, average and Lp pooling. C of pool_backward.hpp, where they are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_INDICES)
#error "this build of poolnorm has no indices: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>

#include <poolnorm/c/max_indices.h>

#if defined(__cplusplus)
extern "C" {
#endif

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_max_pool_backward_plan poolnorm_max_pool_backward_plan;

POOLNORM_API int poolnorm_max_pool_backward_plan_make(poolnorm_max_pool_backward_plan** plan,
                                                      const poolnorm_max_indices_desc* desc,
                                                      const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_max_pool_backward_plan_destroy(poolnorm_max_pool_backward_plan* plan);

/* Indices of another geometry are skipped, and counted in `skipped` (may be null). Nothing may overlap. */
POOLNORM_API int poolnorm_max_pool_backward_plan_run(const poolnorm_max_pool_backward_plan* plan, const void* grad_dst,
                                                     const void* indices, void* grad_src,
                                                     const poolnorm_run_context* context, int64_t* skipped,
                                                     poolnorm_status* status);
POOLNORM_API size_t poolnorm_max_pool_backward_plan_workspace_bytes(const poolnorm_max_pool_backward_plan* plan,
                                                                    const poolnorm_executor* executor);
POOLNORM_API size_t poolnorm_max_pool_backward_plan_explain(const poolnorm_max_pool_backward_plan* plan, char* buffer,
                                                            size_t size);

typedef struct poolnorm_average_pool_backward_plan poolnorm_average_pool_backward_plan;

POOLNORM_API int poolnorm_average_pool_backward_plan_make(poolnorm_average_pool_backward_plan** plan,
                                                          const poolnorm_pool_desc* desc,
                                                          const poolnorm_plan_options* options,
                                                          poolnorm_status* status);
POOLNORM_API void poolnorm_average_pool_backward_plan_destroy(poolnorm_average_pool_backward_plan* plan);

/* Nothing may overlap. */
POOLNORM_API int poolnorm_average_pool_backward_plan_run(const poolnorm_average_pool_backward_plan* plan,
                                                         const void* grad_dst, void* grad_src,
                                                         const poolnorm_run_context* context, poolnorm_status* status);
POOLNORM_API size_t poolnorm_average_pool_backward_plan_workspace_bytes(const poolnorm_average_pool_backward_plan* plan,
                                                                        const poolnorm_executor* executor);
POOLNORM_API size_t poolnorm_average_pool_backward_plan_explain(const poolnorm_average_pool_backward_plan* plan,
                                                                char* buffer, size_t size);

typedef struct poolnorm_lp_pool_backward_plan poolnorm_lp_pool_backward_plan;

POOLNORM_API int poolnorm_lp_pool_backward_plan_make(poolnorm_lp_pool_backward_plan** plan,
                                                     const poolnorm_pool_desc* desc,
                                                     const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_lp_pool_backward_plan_destroy(poolnorm_lp_pool_backward_plan* plan);

/* With p = 1 dst is not looked at. grad_src overlaps nothing. */
POOLNORM_API int poolnorm_lp_pool_backward_plan_run(const poolnorm_lp_pool_backward_plan* plan, const void* src,
                                                    const void* dst, const void* grad_dst, void* grad_src,
                                                    const poolnorm_run_context* context, poolnorm_status* status);
POOLNORM_API size_t poolnorm_lp_pool_backward_plan_workspace_bytes(const poolnorm_lp_pool_backward_plan* plan,
                                                                   const poolnorm_executor* executor);
POOLNORM_API size_t poolnorm_lp_pool_backward_plan_explain(const poolnorm_lp_pool_backward_plan* plan, char* buffer,
                                                           size_t size);

#if defined(__cplusplus)
}
#endif
