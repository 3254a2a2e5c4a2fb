/* Pooling: max, min, average and Lp; sliding, adaptive, global and listed windows. C of pool.hpp, where the
   operations, their conventions and their refusals are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_POOLS)
#error "this build of poolnorm has no pools: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/quantization.h>
#include <poolnorm/c/run.h>
#include <poolnorm/c/status.h>
#include <poolnorm/c/tensor.h>

#if defined(__cplusplus)
extern "C" {
#endif

enum { POOLNORM_POOL_OP_MAX = 0, POOLNORM_POOL_OP_MIN = 1, POOLNORM_POOL_OP_AVERAGE = 2, POOLNORM_POOL_OP_LP = 3 };

enum {
  POOLNORM_POOL_KIND_SLIDING = 0,
  POOLNORM_POOL_KIND_ADAPTIVE = 1,
  POOLNORM_POOL_KIND_GLOBAL = 2,
  POOLNORM_POOL_KIND_LISTED = 3
};

/* How many windows fit on an axis. */
enum {
  POOLNORM_OUTPUT_SIZE_FLOOR = 0,
  POOLNORM_OUTPUT_SIZE_CEIL = 1,
  POOLNORM_OUTPUT_SIZE_VALID = 2,
  POOLNORM_OUTPUT_SIZE_SAME_UPPER = 3,
  POOLNORM_OUTPUT_SIZE_SAME_LOWER = 4,
  POOLNORM_OUTPUT_SIZE_GIVEN = 5 /* dst's dims decide */
};

/* What the sum of an average window is divided by. */
enum {
  POOLNORM_DIVISOR_PADDED = 0,
  POOLNORM_DIVISOR_VALID = 1,
  POOLNORM_DIVISOR_FULL_KERNEL = 2,
  POOLNORM_DIVISOR_FIXED = 3 /* divisor_override */
};

/* One number per spatial dim in D, H, W order, or a single number for all of them. */
typedef struct poolnorm_spatial {
  int32_t count; /* 0: not given */
  int64_t values[POOLNORM_MAX_SPATIAL_RANK];
} poolnorm_spatial;

/* One number for every spatial dim, or one each of D, H, W (of H, W; of W) as `count` says. */
static inline poolnorm_spatial poolnorm_spatial_all(int64_t value) {
  poolnorm_spatial s;
  memset(&s, 0, sizeof s);
  s.count = 1;
  s.values[0] = value;
  return s;
}
/* Of null (except for a count of 0): plans refuse it. */
POOLNORM_API poolnorm_spatial poolnorm_spatial_each(int32_t count, const int64_t* values);

typedef struct poolnorm_window {
  poolnorm_spatial kernel;
  poolnorm_spatial stride;      /* not given: kernel */
  poolnorm_spatial padding;     /* before each axis; not given: 0 */
  poolnorm_spatial padding_end; /* after each axis; not given: padding */
  poolnorm_spatial dilation;    /* distance between taps; not given: 1 */
} poolnorm_window;

/* The same kernel, stride and padding on every axis. */
static inline poolnorm_window poolnorm_window_square(int64_t kernel, int64_t stride, int64_t padding) {
  poolnorm_window w;
  memset(&w, 0, sizeof w);
  w.kernel = poolnorm_spatial_all(kernel);
  w.stride = poolnorm_spatial_all(stride);
  w.padding = poolnorm_spatial_all(padding);
  return w;
}

/* Where the windows of an axis begin: input indices along it, counted from 0, non-decreasing, all windows inside the
   input. */
typedef struct poolnorm_starts {
  const int64_t* values;
  int64_t count; /* the output's size */
} poolnorm_starts;

typedef struct poolnorm_pool_desc {
  size_t struct_size;
  int32_t op;   /* POOLNORM_POOL_OP_... */
  int32_t kind; /* POOLNORM_POOL_KIND_... */
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst; /* not given: packed, in the layout of src */
  poolnorm_window window;   /* sliding; listed: its kernel */
  poolnorm_spatial output;  /* adaptive without dst: the output's sizes */
  int32_t output_size;      /* POOLNORM_OUTPUT_SIZE_... */
  int32_t divisor;          /* POOLNORM_DIVISOR_...; average only */
  int64_t divisor_override; /* POOLNORM_DIVISOR_FIXED only: >= 1 */
  int32_t rounding;         /* POOLNORM_ROUNDING_...; averages of s8 and u8 only */
  int32_t reserved;         /* 0 */
  double p;                 /* POOLNORM_POOL_OP_LP only: 1, 2, infinity, or 1/1024 to 1024; _init() sets 2 */
  /* Averages of s8 and u8; others need both alike. _init() sets a scale of 1, a zero point of 0. */
  poolnorm_quantization src_quantization;
  poolnorm_quantization dst_quantization;
  poolnorm_starts starts[POOLNORM_MAX_SPATIAL_RANK]; /* listed only: of every spatial dim; read by make() alone */
} poolnorm_pool_desc;

static inline poolnorm_pool_desc poolnorm_pool_desc_init(void) {
  poolnorm_pool_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.p = 2;
  d.src_quantization = d.dst_quantization = poolnorm_quantization_of(1, 0);
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_pool_plan poolnorm_pool_plan;

POOLNORM_API int poolnorm_pool_plan_make(poolnorm_pool_plan** plan, const poolnorm_pool_desc* desc,
                                         const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_pool_plan_destroy(poolnorm_pool_plan* plan);

/* src and dst: the first elements (index 0 in every dim) of tensors as described; no overlap. */
POOLNORM_API int poolnorm_pool_plan_run(const poolnorm_pool_plan* plan, const void* src, void* dst,
                                        const poolnorm_run_context* context, poolnorm_status* status);

/* Bytes that a run needs with this executor (null: the default one); 0 for a null plan. */
POOLNORM_API size_t poolnorm_pool_plan_workspace_bytes(const poolnorm_pool_plan* plan,
                                                       const poolnorm_executor* executor);

/* dst as planned, with the dims and strides that were derived; "not given" for a null plan. */
POOLNORM_API poolnorm_tensor_desc poolnorm_pool_plan_dst(const poolnorm_pool_plan* plan);

/* One line on the chosen ISA, kernels, split and store policy. Writes at most `size` bytes with the final NUL
   (none to a null buffer); returns the length of the whole line. */
POOLNORM_API size_t poolnorm_pool_plan_explain(const poolnorm_pool_plan* plan, char* buffer, size_t size);

/* dst of a pooling, for those who must allocate it first. */
POOLNORM_API int poolnorm_pool_output(const poolnorm_pool_desc* desc, poolnorm_tensor_desc* dst,
                                      poolnorm_status* status);

/* One call, no plan kept: makes the plan, allocates its workspace, runs with the default executor. */
POOLNORM_API int poolnorm_pool(const poolnorm_pool_desc* desc, const void* src, void* dst, poolnorm_status* status);

/* The poolings by name; dst is packed, in the layout of src. A divisor of FIXED is refused: its number is the
   descriptor's. */
POOLNORM_API int poolnorm_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                   const poolnorm_window* window, poolnorm_status* status);
POOLNORM_API int poolnorm_min_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                   const poolnorm_window* window, poolnorm_status* status);
POOLNORM_API int poolnorm_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                       const poolnorm_window* window, int32_t divisor, poolnorm_status* status);
POOLNORM_API int poolnorm_lp_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                  const poolnorm_window* window, double p, poolnorm_status* status);
POOLNORM_API int poolnorm_adaptive_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                            const poolnorm_spatial* output, poolnorm_status* status);
POOLNORM_API int poolnorm_adaptive_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                                const poolnorm_spatial* output, poolnorm_status* status);
POOLNORM_API int poolnorm_global_max_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                          poolnorm_status* status);
POOLNORM_API int poolnorm_global_average_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst,
                                              poolnorm_status* status);
POOLNORM_API int poolnorm_global_lp_pool(const void* src, const poolnorm_tensor_desc* src_desc, void* dst, double p,
                                         poolnorm_status* status);

/* The same of f32: a program that has these alone links the kernels of that operation and type, not of all. */
POOLNORM_API int poolnorm_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                       const poolnorm_window* window, poolnorm_status* status);
POOLNORM_API int poolnorm_min_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                       const poolnorm_window* window, poolnorm_status* status);
POOLNORM_API int poolnorm_average_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                           const poolnorm_window* window, int32_t divisor, poolnorm_status* status);
POOLNORM_API int poolnorm_lp_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                      const poolnorm_window* window, double p, poolnorm_status* status);
POOLNORM_API int poolnorm_adaptive_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                                const poolnorm_spatial* output, poolnorm_status* status);
POOLNORM_API int poolnorm_adaptive_average_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc,
                                                    float* dst, const poolnorm_spatial* output, poolnorm_status* status);
POOLNORM_API int poolnorm_global_max_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                              poolnorm_status* status);
POOLNORM_API int poolnorm_global_average_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                                  poolnorm_status* status);
POOLNORM_API int poolnorm_global_lp_pool_f32(const float* src, const poolnorm_tensor_desc* src_desc, float* dst,
                                             double p, poolnorm_status* status);

#if defined(__cplusplus)
}
#endif
