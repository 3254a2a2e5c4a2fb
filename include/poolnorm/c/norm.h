/* Batch norm at inference and per-channel scale/shift, with residual and activation in the same pass; folding
   a norm into a convolution. C of norm.hpp, where the operations and their refusals are described. */
#pragma once

#if defined(POOLNORM_WITHOUT_NORMS)
#error "this build of poolnorm has no norms: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <poolnorm/c/parameters.h>
#include <poolnorm/c/quantization.h>
#include <poolnorm/c/run.h>
#include <poolnorm/c/status.h>
#include <poolnorm/c/tensor.h>

#if defined(__cplusplus)
extern "C" {
#endif

enum {
  POOLNORM_ACTIVATION_KIND_NONE = 0,
  POOLNORM_ACTIVATION_KIND_RELU = 1,
  POOLNORM_ACTIVATION_KIND_CLAMP = 2,      /* lo, hi */
  POOLNORM_ACTIVATION_KIND_LEAKY_RELU = 3, /* slope */
  POOLNORM_ACTIVATION_KIND_HARD_SWISH = 4,
  POOLNORM_ACTIVATION_KIND_HARD_SIGMOID = 5
};

/* Zeroed: none. */
typedef struct poolnorm_activation {
  int32_t kind; /* POOLNORM_ACTIVATION_KIND_... */
  float lo;     /* clamp */
  float hi;     /* clamp */
  float slope;  /* leaky_relu */
} poolnorm_activation;

POOLNORM_API poolnorm_activation poolnorm_relu(void);
POOLNORM_API poolnorm_activation poolnorm_relu6(void);
POOLNORM_API poolnorm_activation poolnorm_clamp(float lo, float hi);
POOLNORM_API poolnorm_activation poolnorm_leaky_relu(float slope);
POOLNORM_API poolnorm_activation poolnorm_hard_swish(void);
POOLNORM_API poolnorm_activation poolnorm_hard_sigmoid(void);

/* One map per channel, for the chains of chain.h: a batch norm, when mean and variance are given, or
   x * scale + shift, when one of these is; both at once are refused. Arrays have C values of float, for f64 tensors of
   double. */
typedef struct poolnorm_affine {
  size_t struct_size;
  poolnorm_parameters mean;
  poolnorm_parameters variance;
  poolnorm_parameters gamma; /* not given: 1 */
  poolnorm_parameters beta;  /* not given: 0 */
  poolnorm_parameters scale; /* not given: 1 */
  poolnorm_parameters shift; /* not given: 0 */
  float epsilon;         /* default 1e-5 */
  int32_t reserved;
} poolnorm_affine;

static inline poolnorm_affine poolnorm_affine_init(void) {
  poolnorm_affine a;
  memset(&a, 0, sizeof a);
  a.struct_size = sizeof a;
  a.epsilon = 1e-5f;
  return a;
}

/* Dims N, C and 0 to 3 spatial dims, those of dst and residual as those of src. Arrays have C values of float, for f64
   tensors of double, and are read while the plan is made, not later. */
typedef struct poolnorm_batch_norm_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst;      /* not given: as src */
  poolnorm_tensor_desc residual; /* not given: none. A stride of 0 broadcasts along that dim */
  poolnorm_parameters mean;
  poolnorm_parameters variance;
  poolnorm_parameters gamma; /* not given: 1 */
  poolnorm_parameters beta;  /* not given: 0 */
  poolnorm_activation activation;
  float epsilon;    /* default 1e-5 */
  int32_t rounding; /* POOLNORM_ROUNDING_...; s8 and u8 only */
  /* s8 and u8 only. _init() sets a scale of 1, a zero point of 0. */
  poolnorm_quantization src_quantization;
  poolnorm_quantization dst_quantization;
  poolnorm_quantization residual_quantization;
} poolnorm_batch_norm_desc;

static inline poolnorm_batch_norm_desc poolnorm_batch_norm_desc_init(void) {
  poolnorm_batch_norm_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.epsilon = 1e-5f;
  d.src_quantization = d.dst_quantization = d.residual_quantization = poolnorm_quantization_of(1, 0);
  return d;
}

typedef struct poolnorm_scale_shift_desc {
  size_t struct_size;
  poolnorm_tensor_desc src;
  poolnorm_tensor_desc dst;      /* not given: as src */
  poolnorm_tensor_desc residual; /* not given: none. A stride of 0 broadcasts along that dim */
  poolnorm_parameters scale;     /* not given: 1 */
  poolnorm_parameters shift;     /* not given: 0 */
  poolnorm_activation activation;
  /* s8 and u8 only. _init() sets a scale of 1, a zero point of 0. */
  poolnorm_quantization src_quantization;
  poolnorm_quantization dst_quantization;
  poolnorm_quantization residual_quantization;
  int32_t rounding; /* POOLNORM_ROUNDING_... */
  int32_t reserved;
} poolnorm_scale_shift_desc;

static inline poolnorm_scale_shift_desc poolnorm_scale_shift_desc_init(void) {
  poolnorm_scale_shift_desc d;
  memset(&d, 0, sizeof d);
  d.struct_size = sizeof d;
  d.src_quantization = d.dst_quantization = d.residual_quantization = poolnorm_quantization_of(1, 0);
  return d;
}

/* A checked, immutable plan: make once, run often, from any number of threads at once. */
typedef struct poolnorm_norm_plan poolnorm_norm_plan;

POOLNORM_API int poolnorm_norm_plan_make_batch_norm(poolnorm_norm_plan** plan, const poolnorm_batch_norm_desc* desc,
                                                    const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API int poolnorm_norm_plan_make_scale_shift(poolnorm_norm_plan** plan, const poolnorm_scale_shift_desc* desc,
                                                     const poolnorm_plan_options* options, poolnorm_status* status);
POOLNORM_API void poolnorm_norm_plan_destroy(poolnorm_norm_plan* plan);

/* residual: null where the plan has none. dst may be src itself, or residual itself, where their strides
   agree; any other overlap is refused. */
POOLNORM_API int poolnorm_norm_plan_run(const poolnorm_norm_plan* plan, const void* src, const void* residual,
                                        void* dst, const poolnorm_run_context* context, poolnorm_status* status);

/* Always 0 today; callers that ask are safe with later versions. */
POOLNORM_API size_t poolnorm_norm_plan_workspace_bytes(const poolnorm_norm_plan* plan,
                                                       const poolnorm_executor* executor);

POOLNORM_API size_t poolnorm_norm_plan_explain(const poolnorm_norm_plan* plan, char* buffer, size_t size);

/* One call, no plan kept, of tensors as desc describes them; the default executor runs it. residual: null where there
   is none. Mind the order: dst before residual, other than in ..._run(). */
POOLNORM_API int poolnorm_batch_norm(const poolnorm_batch_norm_desc* desc, const void* src, void* dst,
                                     const void* residual, poolnorm_status* status);
POOLNORM_API int poolnorm_scale_shift(const poolnorm_scale_shift_desc* desc, const void* src, void* dst,
                                      const void* residual, poolnorm_status* status);

/* The weights of a convolution: `channels` output channels, `channel_stride` apart, each of `elements` values
   `element_stride` apart. OIHW: I*H*W elements, strides I*H*W and 1; HWIO: H*W*I elements, strides 1 and O. */
typedef struct poolnorm_convolution_weights {
  size_t struct_size;
  float* data;
  int64_t channels;
  int64_t elements;
  int64_t channel_stride;
  int64_t element_stride; /* default 1 */
} poolnorm_convolution_weights;

static inline poolnorm_convolution_weights poolnorm_convolution_weights_init(void) {
  poolnorm_convolution_weights w;
  memset(&w, 0, sizeof w);
  w.struct_size = sizeof w;
  w.element_stride = 1;
  return w;
}

/* Folds the norm behind a convolution into it: w *= a, bias = (bias - mean) * a + beta, each computed in f64
   and rounded once. Reads mean, variance, gamma, beta and epsilon of `norm`. `bias` has one value per output
   channel; a convolution without one passes zeros. Refuses parameters that are not float or not one per output
   channel; a bad epsilon; negative counts; strides < 1; weights that overlap; null data or bias. */
POOLNORM_API int poolnorm_fold_batch_norm(const poolnorm_batch_norm_desc* norm,
                                          const poolnorm_convolution_weights* weights, float* bias,
                                          poolnorm_status* status);

#if defined(__cplusplus)
}
#endif
