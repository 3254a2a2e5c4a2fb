/* Chains: a norm, a residual and an activation, then pools, in one pass over memory. C of chain.hpp.
     t = act(norm(src) [+ residual])            every part optional
     dst[i] = act_i(after_i(pool_i(t)))         after_i and act_i optional
   Types and quantisations: see chain.hpp. */
#pragma once

#if defined(POOLNORM_WITHOUT_CHAINS)
#error "this build of poolnorm has no chains: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/norm.h>
#include <poolnorm/c/pool.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define POOLNORM_MAX_CHAIN_POOLS 8

typedef struct poolnorm_chain_pool {
  size_t struct_size;
  const poolnorm_pool_desc* pool; /* its src is not given: the chain gives it */
  const poolnorm_affine* after;   /* on the pool's output; null: none */
  poolnorm_activation activation; /* after that */
  int32_t of;                     /* -1, the default: pools t; else the dst of that earlier pool */
  int32_t reserved;
  /* s8 and u8: of dst, where `after` or `activation` is given; else pool.dst_quantization is. */
  poolnorm_quantization after_quantization;
} poolnorm_chain_pool;

static inline poolnorm_chain_pool poolnorm_chain_pool_init(const poolnorm_pool_desc* pool) {
  poolnorm_chain_pool p;
  memset(&p, 0, sizeof p);
  p.struct_size = sizeof p;
  p.pool = pool;
  p.of = -1;
  p.after_quantization = poolnorm_quantization_of(1, 0);
  return p;
}

typedef struct poolnorm_chain_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  const poolnorm_affine* before; /* null: t is src, or what residual and activation make of it */
  poolnorm_tensor_desc residual; /* not given: none. A stride of 0 broadcasts along that dim */
  poolnorm_activation activation;
  poolnorm_tensor_desc intermediate; /* given: t is written here too. May be src in place */
  const poolnorm_chain_pool* pools;  /* an array of pool_count */
  int32_t pool_count;                /* 1 to POOLNORM_MAX_CHAIN_POOLS */
  /* POOLNORM_ELEMENT_TYPE_... of t, written or not; default F32. Must be src.type (or either of S8 and U8, where a norm,
     residual or activation makes t): set it for every chain that is not F32, even where t is not written. */
  int32_t intermediate_type;
  /* S8 and U8 only. t's, if given, must be src's where t is src. */
  poolnorm_quantization src_quantization;
  poolnorm_quantization residual_quantization;
  poolnorm_quantization intermediate_quantization;
  int32_t rounding; /* POOLNORM_ROUNDING_..., of t and of what follows pools */
  int32_t reserved;
} poolnorm_chain_desc;

static inline poolnorm_chain_desc poolnorm_chain_desc_init(void) {
  poolnorm_chain_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.src_quantization = d.residual_quantization = d.intermediate_quantization = poolnorm_quantization_of(1, 0);
  return d;
}

/* The data of one run; null where the chain has no such tensor. */
typedef struct poolnorm_chain_data {
  size_t struct_size;
  const void* src;
  const void* residual;
  void* intermediate;
  void* dst[POOLNORM_MAX_CHAIN_POOLS];
} poolnorm_chain_data;

static inline poolnorm_chain_data poolnorm_chain_data_init(void) {
  poolnorm_chain_data d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_chain_plan poolnorm_chain_plan;

POOLNORM_API int poolnorm_chain_plan_make(poolnorm_chain_plan** plan, const poolnorm_chain_desc* desc,
                                          const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_chain_plan_destroy(poolnorm_chain_plan* plan);

/* No output may overlap another tensor, but intermediate may be src or residual themselves where the strides
   agree. */
POOLNORM_API int poolnorm_chain_plan_run(const poolnorm_chain_plan* plan, const poolnorm_chain_data* data,
                                         const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_chain_plan_workspace_bytes(const poolnorm_chain_plan* plan,
                                                        const poolnorm_executor* executor);

/* dst of pool i as planned; "not given" for a null plan or where there is no such pool. */
POOLNORM_API poolnorm_tensor_desc poolnorm_chain_plan_dst(const poolnorm_chain_plan* plan, int32_t i);

POOLNORM_API size_t poolnorm_chain_plan_explain(const poolnorm_chain_plan* plan, char* buffer, size_t size);

/* One call, no plan kept: makes the plan, allocates its workspace, runs with the default executor. */
POOLNORM_API int poolnorm_chain(const poolnorm_chain_desc* desc, const poolnorm_chain_data* data,
                                poolnorm_status* status);

/* Four chains by name, of src's type. The tensors, parameters and activation of `norm` are those of one batch norm.
   norm's dst and residual are not given; dst is packed, in the layout of src. Of s8 and u8, norm's dst_quantization and
   rounding are those of t and of dst. fused_residual alone takes both: not
   given, they are described as src is, strides included. A null window: 3x3, stride 2, padding 1 for the stem, 2x2 for the
   transition. */
POOLNORM_API int poolnorm_fused_stem(const poolnorm_batch_norm_desc* norm, const void* src, void* dst,
                                     const poolnorm_window* window, poolnorm_status* status);
POOLNORM_API int poolnorm_fused_residual(const poolnorm_batch_norm_desc* norm, const void* src, const void* residual,
                                         void* dst, poolnorm_status* status);
POOLNORM_API int poolnorm_fused_head(const poolnorm_batch_norm_desc* norm, const void* src, void* dst,
                                     poolnorm_status* status);
POOLNORM_API int poolnorm_fused_transition(const poolnorm_batch_norm_desc* norm, const void* src, void* dst,
                                           const poolnorm_window* window, poolnorm_status* status);

#if defined(__cplusplus)
}
#endif
