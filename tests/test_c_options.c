/* Requests in C whose every field is another than its default, for test_c_options.cpp to compare with C++. */
#include <stddef.h>
#include <string.h>

#include "test_c_case.h"

enum { floats = c_case_floats };

static const float mean[] = {0.5f, -1, 2, 0, 0.25f, 3}, variance[] = {1, 4, 0.5f, 2, 0.125f, 9};
static const float gamma_[] = {1, -2, 0.5f, 3, 1, 0.75f}, beta[] = {0, 1, -1, 0.5f, 2, -0.25f};
static const int64_t rows[] = {12, 9, 11};

#define TRY(call)             \
  do {                        \
    const int code_ = (call); \
    if (code_) return code_;  \
  } while (0)

/* Rows two elements longer than they need be. */
static poolnorm_tensor_desc wide(poolnorm_tensor_desc t) {
  poolnorm_tensor_desc w = t;
  const int64_t c = t.dims[1];
  if (t.strides[1] == 1) return w; /* NHWC: as it is */
  w.strides[2] = t.dims[3] + 2;
  w.strides[1] = w.strides[2] * t.dims[2];
  w.strides[0] = w.strides[1] * c;
  return w;
}

static int train(run_case* c, poolnorm_batch_norm_training_desc* d, poolnorm_batch_norm_training_data* data) {
  float* const kept = c->y + 3 * floats;
  poolnorm_batch_norm_training_plan* plan;
  int code;
  d->src = c->src;
  data->src = c->r;
  data->dst = c->y;
  data->running_mean = poolnorm_mutable_floats_of(kept, 6);
  data->running_variance = poolnorm_mutable_floats_of(kept + 6, 6);
  data->saved_mean = poolnorm_mutable_floats_of(kept + 12, 6);
  data->saved_mean_low = poolnorm_mutable_floats_of(kept + 18, 6);
  data->saved_invstd = poolnorm_mutable_floats_of(kept + 24, 6);
  TRY(poolnorm_batch_norm_training_plan_make(&plan, d, &c->options, c->status));
  take_workspace(c, poolnorm_batch_norm_training_plan_workspace_bytes(plan, &c->context.executor) + (1 << 20));
  if (d->mask) data->mask = (uint8_t*)(kept + 100);
  code = poolnorm_batch_norm_training_plan_run(plan, data, &c->context, c->status);
  kept[30] = (float)poolnorm_batch_norm_training_plan_mask_bytes(plan);
  poolnorm_batch_norm_training_plan_destroy(plan);
  return code;
}

/* A mask, and the gradient behind it. */
static int masked(run_case* c) {
  float* const kept = c->y + 3 * floats;
  poolnorm_batch_norm_training_desc d = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_batch_norm_backward_desc b = poolnorm_batch_norm_backward_desc_init();
  poolnorm_batch_norm_backward_data g = poolnorm_batch_norm_backward_data_init();
  poolnorm_batch_norm_backward_plan* plan;
  int code;
  d.residual = c->src;
  d.epsilon = 0.01f;
  d.momentum = 0.25f;
  d.activation = poolnorm_relu();
  d.unbiased_variance = 0;
  d.mask = 1;
  data.residual = c->r;
  data.gamma = poolnorm_floats_of(gamma_, 6);
  data.beta = poolnorm_floats_of(beta, 6);
  TRY(train(c, &d, &data));
  b.src = c->src;
  b.grad_dst = b.grad_src = b.grad_residual = c->src;
  b.mask = 1;
  g.src = g.grad_dst = c->r;
  g.grad_src = c->y + floats;
  g.grad_residual = c->y + 2 * floats;
  g.mask = data.mask;
  g.gamma = data.gamma;
  g.mean = poolnorm_floats_of(kept + 12, 6);
  g.mean_low = poolnorm_floats_of(kept + 18, 6);
  g.invstd = poolnorm_floats_of(kept + 24, 6);
  g.grad_gamma = poolnorm_mutable_floats_of(kept + 40, 6);
  g.grad_beta = poolnorm_mutable_floats_of(kept + 46, 6);
  TRY(poolnorm_batch_norm_backward_plan_make(&plan, &b, &c->options, c->status));
  code = poolnorm_batch_norm_backward_plan_run(plan, &g, &c->context, c->status);
  poolnorm_batch_norm_backward_plan_destroy(plan);
  return code;
}

static int cumulative(run_case* c) {
  poolnorm_batch_norm_training_desc d = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  d.dst = wide(c->src);
  d.cumulative = 1;
  d.activation = poolnorm_leaky_relu(0.25f);
  data.batches_tracked = 3;
  return train(c, &d, &data);
}

/* A batch in two parts, here the same one twice. */
static int in_parts(run_case* c) {
  float* const kept = c->y + 3 * floats;
  poolnorm_batch_norm_training_desc d = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_batch_norm_training_plan* plan;
  poolnorm_moments parts[12], whole[6];
  int i, code;
  d.src = c->src;
  data.src = c->r;
  data.dst = c->y;
  data.running_variance = poolnorm_mutable_floats_of(kept, 6);
  data.saved_mean = poolnorm_mutable_floats_of(kept + 6, 6);
  TRY(poolnorm_batch_norm_training_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, poolnorm_batch_norm_training_plan_workspace_bytes(plan, &c->context.executor));
  code = poolnorm_batch_norm_training_plan_partial(plan, c->r, parts, &c->context, c->status);
  for (i = 0; i < 6; ++i) parts[6 + i] = parts[i];
  poolnorm_merge_moments(parts, 2, 6, whole);
  if (!code) code = poolnorm_batch_norm_training_plan_finalise(plan, whole, &data, c->status);
  if (!code) code = poolnorm_batch_norm_training_plan_apply(plan, whole, &data, &c->context, c->status);
  for (i = 0; i < 6; ++i) {
    kept[12 + i] = (float)whole[i].m2;
    kept[18 + i] = (float)whole[i].count;
  }
  poolnorm_batch_norm_training_plan_destroy(plan);
  return code;
}

static int backward_of_inference(run_case* c) {
  poolnorm_batch_norm_backward_desc b = poolnorm_batch_norm_backward_desc_init();
  poolnorm_batch_norm_backward_data g = poolnorm_batch_norm_backward_data_init();
  poolnorm_batch_norm_backward_plan* plan;
  int code;
  b.src = c->src;
  b.grad_src = wide(c->src);
  b.training = 0;
  b.epsilon = 0.01f;
  g.src = g.grad_dst = c->r;
  g.grad_src = c->y;
  g.mean = poolnorm_floats_of(mean, 6);
  g.variance = poolnorm_floats_of(variance, 6);
  g.grad_gamma = poolnorm_mutable_floats_of(c->y + 3 * floats, 6);
  TRY(poolnorm_batch_norm_backward_plan_make(&plan, &b, &c->options, c->status));
  take_workspace(c, poolnorm_batch_norm_backward_plan_workspace_bytes(plan, &c->context.executor));
  code = poolnorm_batch_norm_backward_plan_run(plan, &g, &c->context, c->status);
  poolnorm_batch_norm_backward_plan_destroy(plan);
  return code;
}

/* Group norm and its gradient. */
static int groups(run_case* c) {
  float* const kept = c->y + 3 * floats;
  poolnorm_group_norm_desc d = poolnorm_group_norm_desc_init();
  poolnorm_group_norm_data data = poolnorm_group_norm_data_init();
  poolnorm_group_norm_plan* plan;
  poolnorm_group_norm_backward_desc b = poolnorm_group_norm_backward_desc_init();
  poolnorm_group_norm_backward_data g = poolnorm_group_norm_backward_data_init();
  poolnorm_group_norm_backward_plan* backward;
  int code;
  d.src = c->src;
  d.dst = wide(c->src);
  d.groups = 3;
  d.epsilon = 0.01f;
  data.src = c->r;
  data.dst = c->y;
  data.gamma = poolnorm_floats_of(gamma_, 6);
  data.beta = poolnorm_floats_of(beta, 6);
  data.saved_mean = poolnorm_mutable_floats_of(kept, 6);
  data.saved_mean_low = poolnorm_mutable_floats_of(kept + 6, 6);
  data.saved_invstd = poolnorm_mutable_floats_of(kept + 12, 6);
  TRY(poolnorm_group_norm_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, poolnorm_group_norm_plan_workspace_bytes(plan, &c->context.executor) + (1 << 20));
  code = poolnorm_group_norm_plan_run(plan, &data, &c->context, c->status);
  poolnorm_group_norm_plan_destroy(plan);
  if (code) return code;
  b.src = b.grad_dst = c->src;
  b.grad_src = wide(c->src);
  b.groups = 3;
  g.src = g.grad_dst = c->r;
  g.grad_src = c->y + 3 * floats / 2;
  g.gamma = data.gamma;
  g.mean = poolnorm_floats_of(kept, 6);
  g.mean_low = poolnorm_floats_of(kept + 6, 6);
  g.invstd = poolnorm_floats_of(kept + 12, 6);
  g.grad_gamma = poolnorm_mutable_floats_of(kept + 20, 6);
  g.grad_beta = poolnorm_mutable_floats_of(kept + 26, 6);
  TRY(poolnorm_group_norm_backward_plan_make(&backward, &b, &c->options, c->status));
  if (poolnorm_group_norm_backward_plan_workspace_bytes(backward, &c->context.executor) > 1 << 20) return -2;
  code = poolnorm_group_norm_backward_plan_run(backward, &g, &c->context, c->status);
  poolnorm_group_norm_backward_plan_destroy(backward);
  return code;
}

/* Layer norm of axis 2 behind a sum, and RMS norm; instance norm. */
static int row_norms(run_case* c) {
  float* const kept = c->y + 3 * floats + 400;
  float factors[198];
  poolnorm_layer_norm_desc d = poolnorm_layer_norm(poolnorm_nchw(3, rows), 2);
  poolnorm_layer_norm_data data = poolnorm_layer_norm_data_init();
  poolnorm_layer_norm_plan* plan;
  poolnorm_group_norm_desc i = poolnorm_instance_norm(c->src);
  poolnorm_group_norm_data instance = poolnorm_group_norm_data_init();
  poolnorm_group_norm_plan* instance_plan;
  int k, code;
  for (k = 0; k < 198; ++k) factors[k] = (float)(k % 7) - 3;
  d.dst = d.residual = d.sum = d.src;
  d.epsilon = 0.01f;
  data.src = data.residual = c->r;
  data.dst = c->y;
  data.sum = c->y + floats;
  data.gamma = poolnorm_floats_of(factors, 11);
  data.beta = poolnorm_floats_of(factors + 11, 11);
  data.saved_mean = poolnorm_mutable_floats_of(kept, 108);
  data.saved_mean_low = poolnorm_mutable_floats_of(kept + 108, 108);
  data.saved_invstd = poolnorm_mutable_floats_of(kept + 216, 108);
  TRY(poolnorm_layer_norm_plan_make(&plan, &d, &c->options, c->status));
  if (poolnorm_layer_norm_plan_workspace_bytes(plan, &c->context.executor) != 0) return -2;
  code = poolnorm_layer_norm_plan_run(plan, &data, &c->context, c->status);
  poolnorm_layer_norm_plan_destroy(plan);
  if (code) return code;

  d = poolnorm_rms_norm(poolnorm_nchw(3, rows), 1);
  data = poolnorm_layer_norm_data_init();
  data.src = c->r;
  data.dst = c->y + 2 * floats;
  data.gamma = poolnorm_floats_of(factors, 99);
  data.beta = poolnorm_floats_of(factors + 99, 99);
  data.saved_invstd = poolnorm_mutable_floats_of(kept + 324, 12);
  TRY(poolnorm_layer_norm_plan_make(&plan, &d, &c->options, c->status));
  code = poolnorm_layer_norm_plan_run(plan, &data, &c->context, c->status);
  poolnorm_layer_norm_plan_destroy(plan);
  if (code) return code;

  i.epsilon = 0.5f;
  instance.src = c->r;
  instance.dst = c->y; /* over the layer norm's, which sum shows */
  TRY(poolnorm_group_norm_plan_make(&instance_plan, &i, &c->options, c->status));
  take_workspace(c, poolnorm_group_norm_plan_workspace_bytes(instance_plan, &c->context.executor));
  for (k = 0; k < 350; ++k) c->y[3 * floats + k] = c->y[k];
  code = poolnorm_group_norm_plan_run(instance_plan, &instance, &c->context, c->status);
  poolnorm_group_norm_plan_destroy(instance_plan);
  return code;
}

static int chain_options(run_case* c) {
  const int64_t output[] = {3, 4};
  poolnorm_affine before = poolnorm_affine_init(), after = poolnorm_affine_init();
  poolnorm_pool_desc p[3];
  poolnorm_chain_pool pools[3];
  poolnorm_chain_desc d = poolnorm_chain_desc_init();
  poolnorm_chain_data data = poolnorm_chain_data_init();
  poolnorm_chain_plan* plan;
  int i, code;
  c->options.store = POOLNORM_STORE_POLICY_STREAMING;
  before.scale = poolnorm_floats_of(gamma_, 6);
  before.shift = poolnorm_floats_of(beta, 6);
  after.mean = poolnorm_floats_of(mean, 6);
  after.variance = poolnorm_floats_of(variance, 6);
  after.gamma = poolnorm_floats_of(gamma_, 6);
  after.beta = poolnorm_floats_of(beta, 6);
  after.epsilon = 0.01f;
  for (i = 0; i < 3; ++i) p[i] = poolnorm_pool_desc_init();
  p[0].op = POOLNORM_POOL_OP_AVERAGE;
  p[0].window = poolnorm_window_square(3, 2, 1);
  p[0].output_size = POOLNORM_OUTPUT_SIZE_CEIL;
  p[0].divisor = POOLNORM_DIVISOR_FIXED;
  p[0].divisor_override = 5;
  p[1].op = POOLNORM_POOL_OP_MIN;
  p[1].kind = POOLNORM_POOL_KIND_ADAPTIVE;
  p[1].output = poolnorm_spatial_each(2, output);
  p[2].window = poolnorm_window_square(2, 1, 0);
  for (i = 0; i < 3; ++i) pools[i] = poolnorm_chain_pool_init(&p[i]);
  pools[0].after = &after;
  pools[0].activation = poolnorm_clamp(-1, 2);
  pools[2].of = 1;
  d.src = c->src;
  d.before = &before;
  d.activation = poolnorm_hard_swish();
  d.pools = pools;
  d.pool_count = 3;
  data.src = c->x;
  for (i = 0; i < 3; ++i) data.dst[i] = c->y + i * floats;
  TRY(poolnorm_chain_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, poolnorm_chain_plan_workspace_bytes(plan, &c->context.executor));
  code = poolnorm_chain_plan_run(plan, &data, &c->context, c->status);
  poolnorm_chain_plan_destroy(plan);
  return code;
}

/* Bytes that were floats: u8 and a residual of s8 to a t of s8, kept, a maximum with a norm behind it, and an average. */
static int quantised_chain(run_case* c) {
  poolnorm_affine before = poolnorm_affine_init(), after = poolnorm_affine_init();
  poolnorm_pool_desc p[2];
  poolnorm_chain_pool pools[2];
  poolnorm_chain_desc d = poolnorm_chain_desc_init();
  poolnorm_chain_data data = poolnorm_chain_data_init();
  poolnorm_chain_plan* plan;
  poolnorm_status refusal;
  size_t old[2][offsetof(poolnorm_chain_pool, after_quantization) / sizeof(size_t)];
  int i, code;
  before.scale = poolnorm_floats_of(gamma_, 6);
  after.scale = poolnorm_floats_of(beta, 6);
  for (i = 0; i < 2; ++i) {
    p[i] = poolnorm_pool_desc_init();
    p[i].window = poolnorm_window_square(3, 2, 1);
    p[i].src_quantization = p[i].dst_quantization = poolnorm_quantization_of(0.75f, -9);
    pools[i] = poolnorm_chain_pool_init(&p[i]);
  }
  p[1].op = POOLNORM_POOL_OP_AVERAGE;
  p[1].dst_quantization = poolnorm_quantization_of(0.5f, 20);
  pools[0].after = &after;
  pools[0].after_quantization = poolnorm_quantization_of(0.375f, 7);
  pools[1].struct_size = pools[0].struct_size;
  d.src = d.residual = d.intermediate = c->src;
  d.src.type = POOLNORM_ELEMENT_TYPE_U8;
  d.residual.type = d.intermediate.type = d.intermediate_type = POOLNORM_ELEMENT_TYPE_S8;
  d.src_quantization = poolnorm_quantization_of(0.5f, 100);
  d.residual_quantization = poolnorm_quantization_of(0.25f, -5);
  d.intermediate_quantization = poolnorm_quantization_of(0.75f, -9);
  d.rounding = POOLNORM_ROUNDING_HALF_AWAY_FROM_ZERO;
  d.before = &before;
  d.pools = pools;
  d.pool_count = 2;
  data.src = c->x;
  data.residual = c->r;
  data.intermediate = c->y;
  for (i = 0; i < 2; ++i) data.dst[i] = c->y + (i + 1) * floats;
  TRY(poolnorm_chain_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, poolnorm_chain_plan_workspace_bytes(plan, &c->context.executor));
  code = poolnorm_chain_plan_run(plan, &data, &c->context, c->status);
  poolnorm_chain_plan_destroy(plan);
  if (code) return code;
  /* Of an earlier version, whose bytes had no quantisation; pools of one, in an array of its own. */
  d.struct_size = offsetof(poolnorm_chain_desc, src_quantization);
  memset(&refusal, 0, sizeof refusal);
  code = poolnorm_chain_plan_make(&plan, &d, &c->options, &refusal);
  poolnorm_chain_plan_destroy(plan);
  if (code == 0 || strstr(refusal.message, "pools[0].src_quantization is {0.75, -9}") == NULL) return -1;
  d.src.type = d.residual.type = d.intermediate.type = d.intermediate_type = POOLNORM_ELEMENT_TYPE_F32;
  for (i = 0; i < 2; ++i) {
    p[i].src_quantization = p[i].dst_quantization = poolnorm_quantization_of(1, 0);
    pools[i].struct_size = sizeof old[i];
    memcpy(old[i], &pools[i], sizeof old[i]);
  }
  d.pools = (const poolnorm_chain_pool*)(const void*)old;
  code = poolnorm_chain_plan_make(&plan, &d, &c->options, c->status);
  poolnorm_chain_plan_destroy(plan);
  return code;
}

/* Rows of bf16; images of f64, whose parameters and statistics are f64, too. */
static int element_types(run_case* c) {
  static const double gammas[] = {1, -2, 0.1};
  const int64_t row_dims[] = {12, 99}, image_dims[] = {2, 3, 9, 11};
  uint16_t halves[floats];
  double images[floats / 2];
  poolnorm_layer_norm_desc row = poolnorm_layer_norm(poolnorm_nchw(2, row_dims), 1);
  poolnorm_layer_norm_data row_data = poolnorm_layer_norm_data_init();
  poolnorm_layer_norm_plan* row_plan;
  poolnorm_batch_norm_training_desc d = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_batch_norm_training_plan* plan;
  int k, code;
  for (k = 0; k < floats; ++k) {
    uint32_t bits;
    memcpy(&bits, c->r + k, sizeof bits);
    halves[k] = (uint16_t)(bits >> 16);
  }
  for (k = 0; k < floats / 2; ++k) images[k] = (double)c->r[k];
  row.src.type = POOLNORM_ELEMENT_TYPE_BF16;
  row_data.src = halves;
  row_data.dst = c->y;
  row_data.saved_mean = poolnorm_mutable_floats_of(c->y + floats, 12);
  TRY(poolnorm_layer_norm_plan_make(&row_plan, &row, &c->options, c->status));
  code = poolnorm_layer_norm_plan_run(row_plan, &row_data, &c->context, c->status);
  poolnorm_layer_norm_plan_destroy(row_plan);
  if (code) return code;

  d.src = poolnorm_nchw(4, image_dims);
  d.src.type = POOLNORM_ELEMENT_TYPE_F64;
  data.src = images;
  data.dst = c->y + 2 * floats;
  data.gamma = poolnorm_doubles_of(gammas, 3);
  data.saved_mean = poolnorm_mutable_doubles_of((double*)(void*)(c->y + 3 * floats), 3);
  TRY(poolnorm_batch_norm_training_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, poolnorm_batch_norm_training_plan_workspace_bytes(plan, &c->context.executor));
  code = poolnorm_batch_norm_training_plan_run(plan, &data, &c->context, c->status);
  poolnorm_batch_norm_training_plan_destroy(plan);
  return code;
}

/* A norm, a mask and a max with indices, and back; then an average with t kept. */
static int training_chain(run_case* c) {
  float* const kept = c->y + 3 * floats;
  poolnorm_batch_norm_training_desc norm = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_training_chain_desc d = poolnorm_training_chain_desc_init(&norm, &pool);
  poolnorm_training_chain_data chain_data = poolnorm_training_chain_data_init(&data);
  poolnorm_training_chain_plan* plan;
  poolnorm_batch_norm_backward_desc b = poolnorm_batch_norm_backward_desc_init();
  poolnorm_batch_norm_backward_data g = poolnorm_batch_norm_backward_data_init();
  poolnorm_training_chain_backward_desc back = poolnorm_training_chain_backward_desc_init(&b, &pool);
  poolnorm_training_chain_backward_data back_data = poolnorm_training_chain_backward_data_init(&g);
  poolnorm_training_chain_backward_plan* backward;
  poolnorm_moments moments[6];
  int64_t skipped = -1;
  int i, code;
  norm.src = c->src;
  norm.activation = poolnorm_relu();
  norm.mask = 1;
  pool.window = poolnorm_window_square(3, 2, 1);
  d.with_indices = 1;
  d.index_type = POOLNORM_INDEX_TYPE_U8;
  data.src = c->r;
  data.gamma = poolnorm_floats_of(gamma_, 6);
  data.beta = poolnorm_floats_of(beta, 6);
  data.saved_mean = poolnorm_mutable_floats_of(kept, 6);
  data.saved_invstd = poolnorm_mutable_floats_of(kept + 6, 6);
  data.mask = (uint8_t*)(kept + 100);
  chain_data.dst = c->y;
  chain_data.indices = kept + 200;
  TRY(poolnorm_training_chain_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, 1 << 20); /* more than any of the three asks for */
  code = poolnorm_training_chain_plan_workspace_bytes(plan, &c->context.executor) > 1 << 20 ||
         poolnorm_training_chain_plan_dst(plan).dims[3] != 6 || poolnorm_training_chain_plan_indices(plan).dims[2] != 5;
  if (!code) code = poolnorm_training_chain_plan_run(plan, &chain_data, &c->context, c->status);
  kept[12] = (float)poolnorm_training_chain_plan_mask_bytes(plan);
  poolnorm_training_chain_plan_destroy(plan);
  if (code) return code;

  b.src = b.grad_residual = c->src;
  b.mask = 1;
  back.with_indices = 1;
  back.index_type = d.index_type;
  g.src = c->r;
  g.grad_src = c->y + floats;
  g.grad_residual = c->y + 2 * floats;
  g.mask = data.mask;
  g.gamma = data.gamma;
  g.mean = poolnorm_floats_of(kept, 6);
  g.invstd = poolnorm_floats_of(kept + 6, 6);
  g.grad_gamma = poolnorm_mutable_floats_of(kept + 20, 6);
  g.grad_beta = poolnorm_mutable_floats_of(kept + 26, 6);
  back_data.grad_dst = c->x;
  back_data.indices = chain_data.indices;
  back_data.struct_size = offsetof(poolnorm_training_chain_backward_data, t); /* an earlier version's */
  TRY(poolnorm_training_chain_backward_plan_make(&backward, &back, &c->options, c->status));
  code = poolnorm_training_chain_backward_plan_workspace_bytes(backward, &c->context.executor) > 1 << 20;
  if (!code) code = poolnorm_training_chain_backward_plan_run(backward, &back_data, &c->context, &skipped, c->status);
  poolnorm_training_chain_backward_plan_destroy(backward);
  if (code || skipped != 0) return code + 1;

  pool.op = POOLNORM_POOL_OP_AVERAGE;
  norm.dst = c->src;
  norm.mask = d.with_indices = 0;
  data.mask = NULL;
  data.dst = c->y + 2 * floats; /* over grad_residual */
  chain_data.dst = kept + 400;
  chain_data.indices = NULL;
  TRY(poolnorm_training_chain_plan_make(&plan, &d, &c->options, c->status));
  code = poolnorm_training_chain_plan_run(plan, &chain_data, &c->context, c->status);
  for (i = 0; i < 6; ++i) {
    moments[i].count = 198;
    moments[i].mean = i;
    moments[i].m2 = 99 + i;
  }
  data.dst = c->y; /* over the maxima */
  chain_data.dst = kept + 800;
  if (!code) code = poolnorm_training_chain_plan_apply(plan, moments, &chain_data, &c->context, c->status);
  poolnorm_training_chain_plan_destroy(plan);
  return code;
}

/* An Lp pool with t kept, and back. */
static int lp_chain(run_case* c) {
  float* const kept = c->y + 3 * floats;
  poolnorm_batch_norm_training_desc norm = poolnorm_batch_norm_training_desc_init();
  poolnorm_batch_norm_training_data data = poolnorm_batch_norm_training_data_init();
  poolnorm_pool_desc pool = poolnorm_pool_desc_init();
  poolnorm_training_chain_desc d = poolnorm_training_chain_desc_init(&norm, &pool);
  poolnorm_training_chain_data chain_data = poolnorm_training_chain_data_init(&data);
  poolnorm_training_chain_plan* plan;
  poolnorm_batch_norm_backward_desc b = poolnorm_batch_norm_backward_desc_init();
  poolnorm_batch_norm_backward_data g = poolnorm_batch_norm_backward_data_init();
  poolnorm_training_chain_backward_desc back = poolnorm_training_chain_backward_desc_init(&b, &pool);
  poolnorm_training_chain_backward_data back_data = poolnorm_training_chain_backward_data_init(&g);
  poolnorm_training_chain_backward_plan* backward;
  int code;
  norm.src = norm.dst = b.src = c->src;
  pool.op = POOLNORM_POOL_OP_LP;
  pool.window = poolnorm_window_square(3, 2, 1);
  data.src = c->r;
  data.dst = c->y;
  data.saved_mean = poolnorm_mutable_floats_of(kept, 6);
  data.saved_invstd = poolnorm_mutable_floats_of(kept + 6, 6);
  chain_data.dst = c->y + floats;
  TRY(poolnorm_training_chain_plan_make(&plan, &d, &c->options, c->status));
  take_workspace(c, 1 << 20);
  code = poolnorm_training_chain_plan_run(plan, &chain_data, &c->context, c->status);
  poolnorm_training_chain_plan_destroy(plan);
  if (code) return code;

  g.src = c->r;
  g.grad_src = c->y + 2 * floats;
  g.mean = poolnorm_floats_of(kept, 6);
  g.invstd = poolnorm_floats_of(kept + 6, 6);
  back_data.grad_dst = c->x;
  back_data.t = c->y;
  back_data.dst = c->y + floats;
  TRY(poolnorm_training_chain_backward_plan_make(&backward, &back, &c->options, c->status));
  code = poolnorm_training_chain_backward_plan_run(backward, &back_data, &c->context, NULL, c->status);
  poolnorm_training_chain_backward_plan_destroy(backward);
  return code;
}

int (*const c_options_cases[c_options_count])(run_case*) = {
    masked,    cumulative,    in_parts,      backward_of_inference, groups,
    row_norms, chain_options, element_types, training_chain,        lp_chain,
    quantised_chain};
