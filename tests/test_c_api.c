/* The C interface, used as C99 uses it. */
#include "test_c_case.h"

#include <math.h>
#include <stdio.h>

static const int64_t dims[] = {2, 6, 9, 11};
static const float mean[] = {0.5f, -1, 2, 0, 0.25f, 3}, variance[] = {1, 4, 0.5f, 2, 0.125f, 9};
static const float gamma_[] = {1, -2, 0.5f, 3, 1, 0.75f}, beta[] = {0, 1, -1, 0.5f, 2, -0.25f};

static int run_pool(run_case* c, const poolnorm_pool_desc* desc) {
  poolnorm_pool_plan* plan;
  int code = poolnorm_pool_plan_make(&plan, desc, &c->options, c->status);
  if (code == POOLNORM_STATUS_CODE_OK) {
    take_workspace(c, poolnorm_pool_plan_workspace_bytes(plan, &c->context.executor));
    code = poolnorm_pool_plan_run(plan, c->x, c->y, &c->context, c->status);
  }
  poolnorm_pool_plan_destroy(plan);
  return code;
}

static int average_ceil(run_case* c) {
  const int64_t stride[] = {2, 3}, padding[] = {1, 0}, end[] = {0, 2}, dilation[] = {2, 1};
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.op = POOLNORM_POOL_OP_AVERAGE;
  d.src = c->src;
  d.window.kernel = poolnorm_spatial_all(3);
  d.window.stride = poolnorm_spatial_each(2, stride);
  d.window.padding = poolnorm_spatial_each(2, padding);
  d.window.padding_end = poolnorm_spatial_each(2, end);
  d.window.dilation = poolnorm_spatial_each(2, dilation);
  d.output_size = POOLNORM_OUTPUT_SIZE_CEIL;
  d.divisor = POOLNORM_DIVISOR_VALID;
  return run_pool(c, &d);
}

static int average_fixed(run_case* c) {
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.op = POOLNORM_POOL_OP_AVERAGE;
  d.src = c->src;
  d.window = poolnorm_window_square(3, 2, 1);
  d.divisor = POOLNORM_DIVISOR_FIXED;
  d.divisor_override = 7;
  return run_pool(c, &d);
}

static int adaptive_max(run_case* c) {
  const int64_t output[] = {4, 3};
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.kind = POOLNORM_POOL_KIND_ADAPTIVE;
  d.src = c->src;
  d.output = poolnorm_spatial_each(2, output);
  return run_pool(c, &d);
}

static int listed_max(run_case* c) {
  static const int64_t rows[] = {0, 2, 3, 7}, columns[] = {1, 1, 8};
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.kind = POOLNORM_POOL_KIND_LISTED;
  d.src = c->src;
  d.window = poolnorm_window_square(2, 0, 0);
  d.starts[0].values = rows;
  d.starts[0].count = 4;
  d.starts[1].values = columns;
  d.starts[1].count = 3;
  return run_pool(c, &d);
}

static int global_min_into_slice(run_case* c) {
  const int64_t whole[] = {2, 12, 1, 1};
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.op = POOLNORM_POOL_OP_MIN;
  d.kind = POOLNORM_POOL_KIND_GLOBAL;
  d.src = c->src;
  d.dst = poolnorm_channel_slice(poolnorm_nhwc(4, whole), 6);
  return run_pool(c, &d);
}

static int batch_norm(run_case* c) {
  poolnorm_batch_norm_desc d = poolnorm_batch_norm_desc_init();
  poolnorm_norm_plan* plan;
  int code;
  d.src = d.residual = c->src;
  d.mean = poolnorm_floats_of(mean, 6);
  d.variance = poolnorm_floats_of(variance, 6);
  d.gamma = poolnorm_floats_of(gamma_, 6);
  d.beta = poolnorm_floats_of(beta, 6);
  d.epsilon = 0.001f;
  d.activation = poolnorm_clamp(-1, 2);
  code = poolnorm_norm_plan_make_batch_norm(&plan, &d, &c->options, c->status);
  if (code == 0) code = poolnorm_norm_plan_run(plan, c->x, c->r, c->y, &c->context, c->status);
  poolnorm_norm_plan_destroy(plan);
  return code;
}

static int scale_shift(run_case* c) {
  poolnorm_scale_shift_desc d = poolnorm_scale_shift_desc_init();
  poolnorm_norm_plan* plan;
  int code;
  d.src = c->src;
  d.scale = poolnorm_floats_of(gamma_, 6);
  d.shift = poolnorm_floats_of(beta, 6);
  d.activation = poolnorm_leaky_relu(0.25f);
  code = poolnorm_norm_plan_make_scale_shift(&plan, &d, &c->options, c->status);
  if (code == 0) code = poolnorm_norm_plan_run(plan, c->x, NULL, c->y, &c->context, c->status);
  poolnorm_norm_plan_destroy(plan);
  return code;
}

static int chain(run_case* c) {
  poolnorm_pool_desc max = poolnorm_pool_desc_init(), average = poolnorm_pool_desc_init();
  poolnorm_affine before = poolnorm_affine_init(), after = poolnorm_affine_init();
  poolnorm_chain_pool pools[3];
  poolnorm_chain_desc d = poolnorm_chain_desc_init();
  poolnorm_chain_data data = poolnorm_chain_data_init();
  poolnorm_chain_plan* plan;
  int code;
  max.window = poolnorm_window_square(5, 1, 2);
  average.op = POOLNORM_POOL_OP_AVERAGE;
  average.kind = POOLNORM_POOL_KIND_GLOBAL;
  before.mean = poolnorm_floats_of(mean, 6);
  before.variance = poolnorm_floats_of(variance, 6);
  after.scale = poolnorm_floats_of(gamma_, 6);
  pools[0] = poolnorm_chain_pool_init(&max);
  pools[1] = poolnorm_chain_pool_init(&max);
  pools[1].of = 0;
  pools[2] = poolnorm_chain_pool_init(&average);
  pools[2].after = &after;
  pools[2].activation = poolnorm_hard_sigmoid();
  d.src = d.residual = d.intermediate = c->src;
  d.before = &before;
  d.activation = poolnorm_relu();
  d.pools = pools;
  d.pool_count = 3;
  code = poolnorm_chain_plan_make(&plan, &d, &c->options, c->status);
  if (code == 0) {
    data.src = c->x;
    data.residual = c->r;
    data.intermediate = c->y;
    data.dst[0] = c->y + c_case_floats;
    data.dst[1] = c->y + 2 * c_case_floats;
    data.dst[2] = c->y + 3 * c_case_floats;
    if (poolnorm_elements(&(poolnorm_tensor_desc){0}) != 0) return -2;
    take_workspace(c, poolnorm_chain_plan_workspace_bytes(plan, &c->context.executor));
    code = poolnorm_chain_plan_run(plan, &data, &c->context, c->status);
    if (poolnorm_chain_plan_dst(plan, 2).dims[2] != 1) return -2;
  }
  poolnorm_chain_plan_destroy(plan);
  return code;
}

static int excite(run_case* c) {
  poolnorm_excite_desc d = poolnorm_excite_desc_init();
  poolnorm_excite_plan* plan;
  int code;
  d.src = c->src;
  d.activation = poolnorm_hard_swish();
  code = poolnorm_excite_plan_make(&plan, &d, &c->options, c->status);
  if (code == 0) code = poolnorm_excite_plan_run(plan, c->x, c->r, NULL, c->y, &c->context, c->status);
  poolnorm_excite_plan_destroy(plan);
  return code;
}

static int fold(run_case* c) {
  poolnorm_batch_norm_desc norm = poolnorm_batch_norm_desc_init();
  poolnorm_convolution_weights w = poolnorm_convolution_weights_init();
  norm.mean = poolnorm_floats_of(mean, 6);
  norm.variance = poolnorm_floats_of(variance, 6);
  memcpy(c->y, c->x, 66 * sizeof(float));
  w.data = c->y;
  w.channels = 6;
  w.elements = w.channel_stride = 10;
  return poolnorm_fold_batch_norm(&norm, &w, c->y + 60, c->status);
}

/* Every one-line call, one behind the other. */
static int one_line(run_case* c) {
  const int64_t output[] = {2, 5};
  const poolnorm_window w = poolnorm_window_square(3, 2, 1);
  const poolnorm_spatial o = poolnorm_spatial_each(2, output);
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_batch_norm_desc norm = poolnorm_batch_norm_desc_init();
  poolnorm_scale_shift_desc scale = poolnorm_scale_shift_desc_init();
  poolnorm_excite_desc excite_desc = poolnorm_excite_desc_init();
  const poolnorm_tensor_desc* const t = &c->src;
  const float* const x = c->x;
  float* y = c->y;
  int code = 0;
  pool.src = norm.src = scale.src = excite_desc.src = *t;
  pool.window = w;
  norm.mean = poolnorm_floats_of(mean, 6);
  norm.variance = poolnorm_floats_of(variance, 6);
  norm.activation = poolnorm_relu6();
  code |= poolnorm_max_pool(x, t, y, &w, c->status);
  code |= poolnorm_min_pool(x, t, y += 360, &w, c->status);
  code |= poolnorm_average_pool(x, t, y += 360, &w, POOLNORM_DIVISOR_FULL_KERNEL, c->status);
  code |= poolnorm_pool(&pool, x, y += 360, c->status);
  code |= poolnorm_adaptive_max_pool(x, t, y += 360, &o, c->status);
  code |= poolnorm_adaptive_average_pool(x, t, y += 120, &o, c->status);
  code |= poolnorm_global_max_pool(x, t, y += 120, c->status);
  code |= poolnorm_global_average_pool(x, t, y += 12, c->status);
  code |= poolnorm_fused_stem(&norm, x, y += 12, &w, c->status);
  code |= poolnorm_fused_stem(&norm, x, y += 360, NULL, c->status);
  code |= poolnorm_fused_head(&norm, x, y += 360, c->status);
  code |= poolnorm_fused_transition(&norm, x, y += 12, NULL, c->status);
  code |= poolnorm_lp_pool(x, t, y += 240, &w, 1, c->status);
  code |= poolnorm_global_lp_pool(x, t, y += 360, 2, c->status);
  pool.op = POOLNORM_POOL_OP_LP;
  pool.p = HUGE_VAL;
  code |= poolnorm_pool(&pool, x, y += 12, c->status);
  return code;
}

/* Those of f32 alone, which C++ answers by those of any type. */
static int one_line_f32(run_case* c) {
  const int64_t output[] = {2, 5};
  const poolnorm_window w = poolnorm_window_square(3, 2, 1);
  const poolnorm_spatial o = poolnorm_spatial_each(2, output);
  const poolnorm_tensor_desc* const t = &c->src;
  const float* const x = c->x;
  float* y = c->y;
  int code = poolnorm_max_pool_f32(x, t, y, &w, c->status);
  code |= poolnorm_min_pool_f32(x, t, y += 360, &w, c->status);
  code |= poolnorm_average_pool_f32(x, t, y += 360, &w, POOLNORM_DIVISOR_FULL_KERNEL, c->status);
  code |= poolnorm_lp_pool_f32(x, t, y += 360, &w, 1, c->status);
  code |= poolnorm_adaptive_max_pool_f32(x, t, y += 360, &o, c->status);
  code |= poolnorm_adaptive_average_pool_f32(x, t, y += 120, &o, c->status);
  code |= poolnorm_global_max_pool_f32(x, t, y += 120, c->status);
  code |= poolnorm_global_average_pool_f32(x, t, y += 12, c->status);
  code |= poolnorm_global_lp_pool_f32(x, t, y += 12, 2, c->status);
  return code;
}

static int one_line_norms(run_case* c) {
  poolnorm_batch_norm_desc norm = poolnorm_batch_norm_desc_init();
  poolnorm_scale_shift_desc scale = poolnorm_scale_shift_desc_init();
  poolnorm_excite_desc excite_desc = poolnorm_excite_desc_init();
  float* const y = c->y;
  int code = 0;
  norm.src = scale.src = excite_desc.src = c->src;
  norm.mean = poolnorm_floats_of(mean, 6);
  norm.variance = poolnorm_floats_of(variance, 6);
  scale.shift = poolnorm_floats_of(beta, 6);
  code |= poolnorm_batch_norm(&norm, c->x, y, NULL, c->status);
  code |= poolnorm_fused_residual(&norm, c->x, c->r, y + c_case_floats, c->status);
  code |= poolnorm_scale_shift(&scale, c->x, y + 2 * c_case_floats, NULL, c->status);
  code |= poolnorm_excite(&excite_desc, c->x, c->r, y + 3 * c_case_floats, NULL, c->status);
  return code;
}

/* With every field set, and in one call; its gradient. */
static int response(run_case* c) {
  poolnorm_local_response_norm_desc d = poolnorm_local_response_norm_desc_init();
  poolnorm_local_response_norm_plan* plan;
  poolnorm_local_response_norm_backward_desc back = poolnorm_local_response_norm_backward_desc_init();
  poolnorm_local_response_norm_backward_plan* back_plan;
  int code;
  d.src = d.dst = c->src;
  code = poolnorm_local_response_norm(&d, c->x, c->y, c->status);
  if (code) return code;
  back.src = back.grad_dst = back.grad_src = c->src;
  d.size = back.size = 2;
  d.window = back.window = POOLNORM_RESPONSE_WINDOW_UPPER;
  d.alpha = back.alpha = 0.5;
  d.beta = back.beta = 1.5;
  d.k = back.k = 2;
  code = poolnorm_local_response_norm_plan_make(&plan, &d, &c->options, c->status);
  if (code == 0) {
    take_workspace(c, poolnorm_local_response_norm_plan_workspace_bytes(plan, &c->context.executor));
    code = poolnorm_local_response_norm_plan_run(plan, c->x, c->y + c_case_floats, &c->context, c->status);
  }
  poolnorm_local_response_norm_plan_destroy(plan);
  if (code) return code;
  free(c->context.workspace);
  c->context.workspace = NULL;
  code = poolnorm_local_response_norm_backward_plan_make(&back_plan, &back, &c->options, c->status);
  if (code) return code;
  take_workspace(c, poolnorm_local_response_norm_backward_plan_workspace_bytes(back_plan, &c->context.executor));
  code = poolnorm_local_response_norm_backward_plan_run(back_plan, c->x, c->r, c->y + 2 * c_case_floats, &c->context,
                                                        c->status);
  poolnorm_local_response_norm_backward_plan_destroy(back_plan);
  return code;
}

/* Batch norm in training and its gradient, group norm, layer norm: one behind the other. */
static int statistics(run_case* c) {
  poolnorm_batch_norm_training_desc training = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_batch_norm_training_plan* plan;
  poolnorm_batch_norm_backward_desc backward = poolnorm_batch_norm_backward_desc_init();
  poolnorm_batch_norm_backward_data gradients = poolnorm_batch_norm_backward_data_init();
  poolnorm_batch_norm_backward_plan* backward_plan;
  poolnorm_group_norm_desc group = poolnorm_group_norm_desc_init();
  poolnorm_group_norm_data group_data = poolnorm_group_norm_data_init();
  poolnorm_group_norm_plan* group_plan;
  poolnorm_layer_norm_desc layer;
  poolnorm_layer_norm_data layer_data = poolnorm_layer_norm_data_init();
  poolnorm_layer_norm_plan* layer_plan;
  poolnorm_layer_norm_backward_desc layer_backward = poolnorm_layer_norm_backward_desc_init();
  poolnorm_layer_norm_backward_data layer_gradients = poolnorm_layer_norm_backward_data_init();
  poolnorm_layer_norm_backward_plan* layer_backward_plan;
  const int64_t rows[] = {12, 99};
  float saved[18];
  int code;
  training.src = backward.src = group.src = c->src;
  code = poolnorm_batch_norm_training_plan_make(&plan, &training, &c->options, c->status);
  if (code) return code;
  take_workspace(c, 1 << 22);
  data.src = gradients.src = group_data.src = layer_data.src = c->r;
  data.dst = c->y;
  data.gamma = gradients.gamma = group_data.gamma = poolnorm_floats_of(gamma_, 6);
  data.beta = poolnorm_floats_of(beta, 6);
  data.saved_mean = poolnorm_mutable_floats_of(saved, 6);
  data.saved_mean_low = poolnorm_mutable_floats_of(saved + 6, 6);
  data.saved_invstd = poolnorm_mutable_floats_of(saved + 12, 6);
  code = poolnorm_batch_norm_training_plan_run(plan, &data, &c->context, c->status);
  poolnorm_batch_norm_training_plan_destroy(plan);
  if (code) return code;

  code = poolnorm_batch_norm_backward_plan_make(&backward_plan, &backward, &c->options, c->status);
  if (code) return code;
  gradients.grad_dst = c->y;
  gradients.grad_src = c->y + c_case_floats;
  gradients.mean = poolnorm_floats_of(saved, 6);
  gradients.mean_low = poolnorm_floats_of(saved + 6, 6);
  gradients.invstd = poolnorm_floats_of(saved + 12, 6);
  code = poolnorm_batch_norm_backward_plan_run(backward_plan, &gradients, &c->context, c->status);
  poolnorm_batch_norm_backward_plan_destroy(backward_plan);
  if (code) return code;

  group.groups = 3;
  code = poolnorm_group_norm_plan_make(&group_plan, &group, &c->options, c->status);
  if (code) return code;
  group_data.dst = c->y + 2 * c_case_floats;
  code = poolnorm_group_norm_plan_run(group_plan, &group_data, &c->context, c->status);
  poolnorm_group_norm_plan_destroy(group_plan);
  if (code) return code;

  layer = poolnorm_rms_norm(poolnorm_nchw(2, rows), 1);
  code = poolnorm_layer_norm_plan_make(&layer_plan, &layer, &c->options, c->status);
  if (code) return code;
  layer_data.dst = c->y + 3 * c_case_floats;
  layer_data.saved_invstd = poolnorm_mutable_floats_of(saved, 12);
  code = poolnorm_layer_norm_plan_run(layer_plan, &layer_data, &c->context, c->status);
  poolnorm_layer_norm_plan_destroy(layer_plan);
  if (code) return code;

  layer_backward.src = layer_backward.grad_sum = layer.src;
  layer_backward.statistics = layer.statistics;
  code = poolnorm_layer_norm_backward_plan_make(&layer_backward_plan, &layer_backward, &c->options, c->status);
  if (code) return code;
  layer_gradients.src = layer_gradients.grad_sum = c->r;
  layer_gradients.grad_dst = layer_gradients.grad_src = layer_data.dst;
  layer_gradients.invstd = poolnorm_floats_of(saved, 12);
  layer_gradients.grad_beta = poolnorm_mutable_floats_of(c->y + 2 * c_case_floats, 99);
  code = poolnorm_layer_norm_backward_plan_run(layer_backward_plan, &layer_gradients, &c->context, c->status);
  poolnorm_layer_norm_backward_plan_destroy(layer_backward_plan);
  return code;
}

/* Max with indices, its gradient and unpooling, the gradient of an average: one behind the other. */
static int poolings_back(run_case* c) {
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_max_indices_desc d = poolnorm_max_indices_desc_init(&pool);
  poolnorm_max_indices_plan* plan;
  poolnorm_lp_pool_backward_plan* lp;
  poolnorm_max_pool_backward_plan* backward;
  poolnorm_max_unpool_plan* unpool;
  poolnorm_average_pool_backward_plan* average;
  void* indices = c->y + 400;
  int64_t skipped = -1;
  int code;
  pool.src = c->src;
  pool.window = poolnorm_window_square(3, 2, 1);
  d.index_type = POOLNORM_INDEX_TYPE_I32;
  d.index_order = POOLNORM_INDEX_ORDER_COLUMN_MAJOR;
  d.index_scope = POOLNORM_INDEX_SCOPE_TENSOR;
  code = poolnorm_max_indices_plan_make(&plan, &d, &c->options, c->status);
  if (code) return code;
  /* More than any of the five asks for. */
  take_workspace(c, 1 << 20);
  code = poolnorm_max_indices_plan_workspace_bytes(plan, &c->context.executor) > 1 << 20 ||
         poolnorm_max_indices_plan_dst(plan).dims[3] != 6 || poolnorm_max_indices_plan_indices(plan).dims[2] != 5;
  if (!code) code = poolnorm_max_indices_plan_run(plan, c->x, c->y, indices, &c->context, c->status);
  poolnorm_max_indices_plan_destroy(plan);
  if (code) return code;

  code = poolnorm_max_pool_backward_plan_make(&backward, &d, &c->options, c->status);
  if (code) return code;
  code = poolnorm_max_pool_backward_plan_run(backward, c->r, indices, c->y + c_case_floats, &c->context, &skipped,
                                             c->status);
  poolnorm_max_pool_backward_plan_destroy(backward);
  if (code || skipped != 0) return code + 1;

  code = poolnorm_max_unpool_plan_make(&unpool, &d, &c->options, c->status);
  if (code) return code;
  code = poolnorm_max_unpool_plan_run(unpool, c->r, indices, c->y + 2 * c_case_floats, &c->context, NULL, c->status);
  poolnorm_max_unpool_plan_destroy(unpool);
  if (code) return code;

  pool.op = POOLNORM_POOL_OP_LP;
  pool.p = 1;
  code = poolnorm_lp_pool_backward_plan_make(&lp, &pool, &c->options, c->status);
  if (code) return code;
  code = poolnorm_lp_pool_backward_plan_workspace_bytes(lp, &c->context.executor) > 1 << 20;
  if (!code)
    code = poolnorm_lp_pool_backward_plan_run(lp, c->x, NULL, c->r, c->y + 3 * c_case_floats, &c->context, c->status);
  poolnorm_lp_pool_backward_plan_destroy(lp);
  /* Beside the indices, in what is left of a quarter. */
  memcpy(c->y + 800, c->y + 3 * c_case_floats, 300 * sizeof(float));
  if (code) return code;

  pool.op = POOLNORM_POOL_OP_AVERAGE;
  code = poolnorm_average_pool_backward_plan_make(&average, &pool, &c->options, c->status);
  if (code) return code;
  code = poolnorm_average_pool_backward_plan_run(average, c->r, c->y + 3 * c_case_floats, &c->context, c->status);
  poolnorm_average_pool_backward_plan_destroy(average);
  return code;
}

int c_case(int i, int nhwc, int32_t isa, const float* x, const float* r, float* y, poolnorm_status* status) {
  static int (*const cases[])(run_case*) = {
      average_ceil, average_fixed, adaptive_max, listed_max, global_min_into_slice, batch_norm,     scale_shift, chain,
      excite,       fold,          one_line,     one_line_f32,                      one_line_norms, statistics,
      poolings_back, response};
  const int own = (int)(sizeof cases / sizeof *cases);
  run_case c;
  int code;
  if (i < 0 || i >= own + c_options_count) return -1;
  c.src = nhwc ? poolnorm_nhwc(4, dims) : poolnorm_nchw(4, dims);
  c.options = poolnorm_plan_options_init();
  c.options.isa = isa;
  c.context = poolnorm_run_context_init();
  c.x = x;
  c.r = r;
  c.y = y;
  c.status = status;
  code = i < own ? cases[i](&c) : c_options_cases[i - own](&c);
  free(c.context.workspace);
  return code;
}

static int failures;

static void expect_at(int line, int code, int expected, const poolnorm_status* status, const char* words) {
  if (code == expected && (status == NULL || (status->code == code && strstr(status->message, words) != NULL))) return;
  ++failures;
  printf("%s:%d: code %d, expected %d: \"%s\" should say \"%s\"\n", __FILE__, line, code, expected,
         status == NULL ? "" : status->message, words);
}
#define REFUSED(words, call) expect_at(__LINE__, call, POOLNORM_STATUS_CODE_INVALID_ARGUMENT, &s, words)
#define ACCEPTED(call) expect_at(__LINE__, call, POOLNORM_STATUS_CODE_OK, &s, "")
#define TRUE_(condition) \
  ((condition) ? (void)0 : (++failures, (void)printf("%s:%d: %s\n", __FILE__, __LINE__, #condition)))

/* A caller of a later version: one more field. */
typedef struct newer_pool_desc {
  poolnorm_pool_desc known;
  int64_t new_field;
} newer_pool_desc;

static void struct_sizes(void) {
  poolnorm_status s;
  float x[16], y[4];
  const int64_t small[] = {1, 1, 4, 4};
  newer_pool_desc newer;
  poolnorm_run_context context = poolnorm_run_context_init();
  poolnorm_plan_options options = poolnorm_plan_options_init();
  poolnorm_pool_plan* plan = NULL;
  int i;
  for (i = 0; i < 16; ++i) x[i] = (float)i;
  memset(&newer, 0, sizeof newer);
  newer.known = poolnorm_pool_desc_init();
  newer.known.src = poolnorm_nchw(4, small);
  newer.known.window = poolnorm_window_square(2, 2, 0);
  newer.known.struct_size = sizeof newer;
  ACCEPTED(poolnorm_pool(&newer.known, x, y, &s));
  TRUE_(y[0] == 5 && y[3] == 15);
  newer.new_field = 1;
  REFUSED("desc.struct_size", poolnorm_pool(&newer.known, x, y, &s));
  newer.known.struct_size = 0;
  REFUSED("desc.struct_size is 0", poolnorm_pool(&newer.known, x, y, &s));
  newer.known.struct_size = offsetof(poolnorm_pool_desc, rounding); /* an earlier version's */
  ACCEPTED(poolnorm_pool(&newer.known, x, y, &s));
  newer.known.struct_size = sizeof newer.known - 4;
  REFUSED("desc.struct_size", poolnorm_pool(&newer.known, x, y, &s));
  newer.known.struct_size = (size_t)-1;
  REFUSED("desc.struct_size", poolnorm_pool(&newer.known, x, y, &s));
  newer.known.struct_size = sizeof newer.known;
  options.struct_size = 0;
  REFUSED("options.struct_size is 0", poolnorm_pool_plan_make(&plan, &newer.known, &options, &s));
  TRUE_(plan == NULL);
  ACCEPTED(poolnorm_pool_plan_make(&plan, &newer.known, NULL, &s));
  context.struct_size = 4;
  REFUSED("context.struct_size is 4", poolnorm_pool_plan_run(plan, x, y, &context, &s));
  poolnorm_pool_plan_destroy(plan);
}

/* What a plan that is none answers. */
#define NO_PLAN(plan)                                                 \
  do {                                                                \
    char line_[8] = "line";                                           \
    poolnorm_##plan##_destroy(NULL);                                  \
    TRUE_(poolnorm_##plan##_workspace_bytes(NULL, NULL) == 0);        \
    TRUE_(poolnorm_##plan##_explain(NULL, NULL, 0) == 7);             \
    TRUE_(poolnorm_##plan##_explain(NULL, line_, sizeof line_) == 7); \
    TRUE_(strcmp(line_, "no plan") == 0);                             \
  } while (0)

static void all_at_once(void* self, int64_t count, poolnorm_task task, void* context) {
  (void)self;
  task(context, 0, count, 0);
}

static void null_arguments(void) {
  poolnorm_status s;
  float x[16] = {0}, y[16];
  const int64_t small[] = {1, 1, 4, 4};
  const poolnorm_tensor_desc t = poolnorm_nchw(4, small);
  const poolnorm_window w = poolnorm_window_square(2, 2, 0);
  const poolnorm_spatial o = poolnorm_spatial_all(2);
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_excite_desc excite_desc = poolnorm_excite_desc_init();
  poolnorm_batch_norm_desc norm = poolnorm_batch_norm_desc_init();
  poolnorm_pool_plan* pool_plan;
  poolnorm_norm_plan* norm_plan;
  poolnorm_chain_plan* chain_plan;
  poolnorm_excite_plan* excite_plan;
  poolnorm_local_response_norm_desc response_desc = poolnorm_local_response_norm_desc_init();
  poolnorm_local_response_norm_plan* response_plan;
  poolnorm_local_response_norm_backward_desc response_back = poolnorm_local_response_norm_backward_desc_init();
  poolnorm_local_response_norm_backward_plan* response_back_plan;
  poolnorm_max_indices_desc indices_desc = poolnorm_max_indices_desc_init(NULL);
  poolnorm_max_indices_plan* indices_plan;
  poolnorm_tensor_desc output;
  const poolnorm_executor by_default = poolnorm_default_executor();
  const poolnorm_executor many = {1 << 20, all_at_once, NULL};
  pool.src = excite_desc.src = norm.src = response_desc.src = t;
  pool.window = w;

  REFUSED("plan is null", poolnorm_pool_plan_make(NULL, &pool, NULL, &s));
  REFUSED("desc is null", poolnorm_pool_plan_make(&pool_plan, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_pool_plan_run(NULL, x, y, NULL, &s));
  REFUSED("dst is null", poolnorm_pool_output(&pool, NULL, &s));
  REFUSED("desc is null", poolnorm_pool(NULL, x, y, &s));
  REFUSED("src is null", poolnorm_pool(&pool, NULL, y, &s));
  REFUSED("dst is null", poolnorm_pool(&pool, x, NULL, &s));
  REFUSED("src_desc is null", poolnorm_max_pool(x, NULL, y, &w, &s));
  REFUSED("window is null", poolnorm_min_pool(x, &t, y, NULL, &s));
  REFUSED("output is null", poolnorm_adaptive_average_pool(x, &t, y, NULL, &s));
  REFUSED("src_desc is null", poolnorm_adaptive_max_pool(x, NULL, y, &o, &s));
  REFUSED("src_desc is null", poolnorm_global_max_pool(x, NULL, y, &s));
  REFUSED("src_desc is null", poolnorm_global_average_pool(x, NULL, y, &s));
  REFUSED("src_desc is null", poolnorm_max_pool_f32(x, NULL, y, &w, &s));
  REFUSED("window is null", poolnorm_min_pool_f32(x, &t, y, NULL, &s));
  REFUSED("output is null", poolnorm_adaptive_average_pool_f32(x, &t, y, NULL, &s));
  REFUSED("src_desc is null", poolnorm_global_lp_pool_f32(x, NULL, y, 2, &s));
  REFUSED("plan is null", poolnorm_norm_plan_make_batch_norm(NULL, &norm, NULL, &s));
  REFUSED("desc is null", poolnorm_norm_plan_make_scale_shift(&norm_plan, NULL, NULL, &s));
  TRUE_(norm_plan == NULL);
  REFUSED("plan is null", poolnorm_norm_plan_run(NULL, x, NULL, y, NULL, &s));
  REFUSED("norm is null", poolnorm_fold_batch_norm(NULL, NULL, y, &s));
  REFUSED("weights is null", poolnorm_fold_batch_norm(&norm, NULL, y, &s));
  REFUSED("desc is null", poolnorm_chain_plan_make(&chain_plan, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_chain_plan_run(NULL, NULL, NULL, &s));
  REFUSED("norm is null", poolnorm_fused_stem(NULL, x, y, &w, &s));
  REFUSED("desc is null", poolnorm_excite_plan_make(&excite_plan, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_excite_plan_run(NULL, x, x, NULL, y, NULL, &s));
  REFUSED("desc is null", poolnorm_local_response_norm_plan_make(&response_plan, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_local_response_norm_plan_run(NULL, x, y, NULL, &s));
  REFUSED("desc is null", poolnorm_local_response_norm(NULL, x, y, &s));
  response_desc.reserved = 1;
  REFUSED("desc.reserved is 1", poolnorm_local_response_norm(&response_desc, x, y, &s));
  response_desc.reserved = 0;
  REFUSED("src is null", poolnorm_local_response_norm(&response_desc, NULL, y, &s));
  response_back.reserved = 1;
  REFUSED("desc is null", poolnorm_local_response_norm_backward_plan_make(&response_back_plan, NULL, NULL, &s));
  REFUSED("desc.reserved is 1",
          poolnorm_local_response_norm_backward_plan_make(&response_back_plan, &response_back, NULL, &s));
  REFUSED("plan is null", poolnorm_local_response_norm_backward_plan_run(NULL, x, x, y, NULL, &s));
  indices_desc.reserved = 1;
  REFUSED("desc is null", poolnorm_max_indices_plan_make(&indices_plan, NULL, NULL, &s));
  REFUSED("desc.reserved is 1", poolnorm_max_indices_plan_make(&indices_plan, &indices_desc, NULL, &s));
  indices_desc.reserved = 0;
  REFUSED("desc.pool is null", poolnorm_max_indices_plan_make(&indices_plan, &indices_desc, NULL, &s));
  indices_desc.pool = &pool;
  pool.struct_size = 0;
  REFUSED("desc.pool.struct_size is 0", poolnorm_max_indices_plan_make(&indices_plan, &indices_desc, NULL, &s));
  pool.struct_size = sizeof pool;
  REFUSED("plan is null", poolnorm_max_indices_plan_run(NULL, x, y, y, NULL, &s));
  REFUSED("plan is null", poolnorm_max_pool_backward_plan_run(NULL, x, x, y, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_average_pool_backward_plan_run(NULL, x, y, NULL, &s));
  REFUSED("plan is null", poolnorm_lp_pool_backward_plan_run(NULL, x, x, x, y, NULL, &s));
  REFUSED("scale is null", poolnorm_excite(&excite_desc, x, NULL, y, NULL, &s));
  REFUSED("src.rank", poolnorm_max_pool(x, &(poolnorm_tensor_desc){0}, y, &w, &s));
  expect_at(__LINE__, poolnorm_pool(NULL, x, y, NULL), POOLNORM_STATUS_CODE_INVALID_ARGUMENT, NULL, "");

  NO_PLAN(pool_plan);
  NO_PLAN(norm_plan);
  NO_PLAN(chain_plan);
  NO_PLAN(excite_plan);
  NO_PLAN(local_response_norm_plan);
  NO_PLAN(local_response_norm_backward_plan);
  NO_PLAN(batch_norm_training_plan);
  NO_PLAN(group_norm_plan);
  NO_PLAN(layer_norm_plan);
  NO_PLAN(batch_norm_backward_plan);
  NO_PLAN(group_norm_backward_plan);
  NO_PLAN(layer_norm_backward_plan);
  NO_PLAN(max_indices_plan);
  NO_PLAN(max_unpool_plan);
  NO_PLAN(max_pool_backward_plan);
  NO_PLAN(average_pool_backward_plan);
  NO_PLAN(lp_pool_backward_plan);
  NO_PLAN(training_chain_plan);
  NO_PLAN(training_chain_backward_plan);
  TRUE_(poolnorm_pool_plan_dst(NULL).rank == 0 && poolnorm_chain_plan_dst(NULL, 0).rank == 0);
  TRUE_(poolnorm_max_indices_plan_dst(NULL).rank == 0 && poolnorm_max_indices_plan_indices(NULL).rank == 0);
  TRUE_(poolnorm_batch_norm_training_plan_mask_bytes(NULL) == 0);
  TRUE_(poolnorm_training_chain_plan_dst(NULL).rank == 0 && poolnorm_training_chain_plan_indices(NULL).rank == 0);
  TRUE_(poolnorm_training_chain_plan_mask_bytes(NULL) == 0);
  REFUSED("plan is null", poolnorm_training_chain_plan_run(NULL, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_training_chain_plan_apply(NULL, NULL, NULL, NULL, &s));
  REFUSED("plan is null", poolnorm_training_chain_backward_plan_run(NULL, NULL, NULL, NULL, &s));
  ACCEPTED(poolnorm_pool_output(&pool, &output, &s));
  TRUE_(output.rank == 4 && output.dims[2] == 2 && output.dims[3] == 2);
  ACCEPTED(poolnorm_pool_plan_make(&pool_plan, &pool, NULL, &s));
  TRUE_(poolnorm_pool_plan_workspace_bytes(pool_plan, NULL) == poolnorm_pool_plan_workspace_bytes(pool_plan, &by_default));
  TRUE_(poolnorm_pool_plan_workspace_bytes(pool_plan, &many) > poolnorm_pool_plan_workspace_bytes(pool_plan, &by_default));
  poolnorm_pool_plan_destroy(pool_plan);
  REFUSED("desc is null", poolnorm_pool_output(NULL, &output, &s));
  TRUE_(poolnorm_elements(NULL) == 0 && poolnorm_elements(&t) == 16);
  TRUE_(poolnorm_size_of(POOLNORM_ELEMENT_TYPE_F32) == 4);
  pool.src = poolnorm_nchw(4, NULL);
  REFUSED("src.rank", poolnorm_pool(&pool, x, y, &s));
  pool.src = poolnorm_nhwc(-1, small);
  REFUSED("src.rank", poolnorm_pool(&pool, x, y, &s));
  TRUE_(poolnorm_padded_rows(t, 5).strides[2] == 5);
}

static void chains(void) {
  poolnorm_status s;
  float x[16] = {0}, y[4];
  const int64_t small[] = {1, 1, 4, 4};
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_affine affine = poolnorm_affine_init();
  poolnorm_chain_pool pools[2];
  poolnorm_chain_desc d = poolnorm_chain_desc_init();
  poolnorm_chain_data data = poolnorm_chain_data_init();
  pool.window = poolnorm_window_square(2, 2, 0);
  pools[0] = poolnorm_chain_pool_init(&pool);
  pools[1] = poolnorm_chain_pool_init(NULL);
  d.src = poolnorm_nchw(4, small);
  data.src = x;
  data.dst[0] = y;
  REFUSED("pool", poolnorm_chain(&d, &data, &s)); /* none */
  d.pool_count = 1;
  REFUSED("desc.pools is null", poolnorm_chain(&d, &data, &s));
  d.pools = pools;
  ACCEPTED(poolnorm_chain(&d, &data, &s));
  d.intermediate_type = 77;
  REFUSED("intermediate_type is 77", poolnorm_chain(&d, &data, &s));
  d.intermediate_type = POOLNORM_ELEMENT_TYPE_F32;
  REFUSED("data is null", poolnorm_chain(&d, NULL, &s));
  affine.reserved = 3;
  d.before = &affine;
  REFUSED("desc.before.reserved is 3", poolnorm_chain(&d, &data, &s));
  affine = poolnorm_affine_init();
  d.pool_count = 2;
  REFUSED("desc.pools[1].pool is null", poolnorm_chain(&d, &data, &s));
  pools[1].pool = &pool;
  affine.struct_size = 0;
  d.before = NULL;
  pools[1].after = &affine;
  REFUSED("desc.pools[1].after.struct_size is 0", poolnorm_chain(&d, &data, &s));
  pools[1].after = NULL;
  pools[1].struct_size = 0;
  REFUSED("desc.pools[1].struct_size is 0", poolnorm_chain(&d, &data, &s));
  pools[1].struct_size = 4096; /* which is not there to be read */
  REFUSED("desc.pools[1].struct_size is 4096, must be that of pools[0]", poolnorm_chain(&d, &data, &s));
  d.pool_count = 9;
  pools[1] = pools[0];
  d.pool_count = -1;
  REFUSED("pool_count is -1", poolnorm_chain(&d, &data, &s));
}

static void element_types(void) {
  poolnorm_status s;
  const uint8_t x[16] = {0, 1, 2, 3, 4, 250, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
  uint8_t y[4] = {0, 0, 0, 0};
  const int64_t small[] = {1, 1, 4, 4};
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  d.op = POOLNORM_POOL_OP_AVERAGE;
  d.src = poolnorm_nchw(4, small);
  d.src.type = POOLNORM_ELEMENT_TYPE_U8;
  d.window = poolnorm_window_square(2, 2, 0);
  ACCEPTED(poolnorm_pool(&d, x, y, &s)); /* 255 / 4, 18 / 4, 42 / 4, 290 / 4 */
  TRUE_(y[0] == 64 && y[1] == 4 && y[2] == 10 && y[3] == 72);
  d.rounding = POOLNORM_ROUNDING_HALF_AWAY_FROM_ZERO;
  ACCEPTED(poolnorm_pool(&d, x, y, &s));
  TRUE_(y[0] == 64 && y[1] == 5 && y[2] == 11 && y[3] == 73);
  d.rounding = 2;
  REFUSED("rounding is 2", poolnorm_pool(&d, x, y, &s));
  d.rounding = 0;
  d.reserved = 1;
  REFUSED("desc.reserved is 1", poolnorm_pool(&d, x, y, &s));
  d.reserved = 0;
  d.src.type = 6;
  REFUSED("src.type is 6", poolnorm_pool(&d, x, y, &s));
  TRUE_(poolnorm_size_of(POOLNORM_ELEMENT_TYPE_BF16) == 2 && poolnorm_size_of(6) == 0);
  TRUE_(strcmp(poolnorm_element_type_name(POOLNORM_ELEMENT_TYPE_S8), "s8") == 0);
  TRUE_(poolnorm_element_type_available(POOLNORM_ELEMENT_TYPE_F32) == 1 && poolnorm_element_type_available(6) == 0);
}

int c_refusals(void) {
  poolnorm_status s;
  poolnorm_norm_plan* plan;
  poolnorm_batch_norm_desc norm = poolnorm_batch_norm_desc_init();
  poolnorm_plan_options options = poolnorm_plan_options_init();
  const poolnorm_executor serial = poolnorm_serial_executor(), two = poolnorm_openmp_executor(2);
  failures = 0;
  struct_sizes();
  element_types();
  null_arguments();
  chains();
  norm.src = poolnorm_nchw(4, dims);
  norm.mean = poolnorm_floats_of(mean, 6);
  norm.variance = poolnorm_floats_of(variance, 5);
  REFUSED("variance", poolnorm_norm_plan_make_batch_norm(&plan, &norm, NULL, &s));
  norm.variance.size = 6;
  options.isa = 77;
  REFUSED("isa is 77", poolnorm_norm_plan_make_batch_norm(&plan, &norm, &options, &s));
  options.isa = POOLNORM_ISA_PORTABLE;
  options.store = 77;
  REFUSED("store", poolnorm_norm_plan_make_batch_norm(&plan, &norm, &options, &s));
  TRUE_(plan == NULL);
  TRUE_(poolnorm_isa_available(POOLNORM_ISA_PORTABLE) == 1 && poolnorm_isa_available(77) == 0);
  TRUE_(strcmp(poolnorm_isa_name(POOLNORM_ISA_NEON), "neon") == 0 && strcmp(poolnorm_isa_name(77), "unknown") == 0);
  TRUE_(poolnorm_version() == POOLNORM_VERSION);
  TRUE_(serial.parallel_for == NULL && (two.parallel_for == NULL || two.max_workers == 2));
  return failures;
}
