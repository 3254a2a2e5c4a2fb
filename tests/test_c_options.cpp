// The requests of test_c_options.c in C++, in its order.
#include <algorithm>
#include <cstring>

#include "support/bits.hpp"
#include "test_c_case.hpp"

namespace poolnorm::tests {
namespace {

constexpr std::int64_t floats = c_case_floats;
constexpr std::size_t enough = 1 << 22;

const std::vector<float> mean{0.5f, -1, 2, 0, 0.25f, 3}, variance{1, 4, 0.5f, 2, 0.125f, 9};
const std::vector<float> gamma_{1, -2, 0.5f, 3, 1, 0.75f}, beta{0, 1, -1, 0.5f, 2, -0.25f};

TensorDesc wide(const TensorDesc& t) { return t.strides[1] == 1 ? t : padded_rows(t, t.dims[3] + 2); }

template <class Plan, class Data>
Status run(const Result<Plan>& plan, const Data& data, CppRequest& c) {
  return plan ? plan->run(data, c.context(enough)) : plan.status;
}

Status train(CppRequest& c, BatchNormTrainingDesc& d, BatchNormTrainingData& data) {
  float* const kept = c.y + 3 * floats;
  d.src = c.src;
  data.src = c.r;
  data.dst = c.y;
  data.running_mean = {kept, 6};
  data.running_variance = {kept + 6, 6};
  data.saved_mean = {kept + 12, 6};
  data.saved_mean_low = {kept + 18, 6};
  data.saved_invstd = {kept + 24, 6};
  if (d.mask) data.mask = reinterpret_cast<std::uint8_t*>(kept + 100);
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(d, c.options);
  if (plan) kept[30] = static_cast<float>(plan->mask_bytes());
  return run(plan, data, c);
}

Status masked(CppRequest& c) {
  float* const kept = c.y + 3 * floats;
  BatchNormTrainingDesc d;
  d.residual = c.src;
  d.epsilon = 0.01f;
  d.momentum = 0.25f;
  d.activation = relu();
  d.unbiased_variance = false;
  d.mask = true;
  BatchNormTrainingData data;
  data.residual = c.r;
  data.gamma = gamma_;
  data.beta = beta;
  if (const Status s = train(c, d, data); !s) return s;
  BatchNormBackwardDesc b;
  b.src = b.grad_dst = b.grad_src = b.grad_residual = c.src;
  b.mask = true;
  BatchNormBackwardData g;
  g.src = g.grad_dst = c.r;
  g.grad_src = c.y + floats;
  g.grad_residual = c.y + 2 * floats;
  g.mask = data.mask;
  g.gamma = gamma_;
  g.mean = {kept + 12, 6};
  g.mean_low = {kept + 18, 6};
  g.invstd = {kept + 24, 6};
  g.grad_gamma = {kept + 40, 6};
  g.grad_beta = {kept + 46, 6};
  return run(BatchNormBackwardPlan::make(b, c.options), g, c);
}

Status cumulative(CppRequest& c) {
  BatchNormTrainingDesc d;
  d.dst = wide(c.src);
  d.cumulative = true;
  d.activation = leaky_relu(0.25f);
  BatchNormTrainingData data;
  data.batches_tracked = 3;
  return train(c, d, data);
}

Status in_parts(CppRequest& c) {
  float* const kept = c.y + 3 * floats;
  BatchNormTrainingDesc d;
  d.src = c.src;
  BatchNormTrainingData data;
  data.src = c.r;
  data.dst = c.y;
  data.running_variance = {kept, 6};
  data.saved_mean = {kept + 6, 6};
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(d, c.options);
  if (!plan) return plan.status;
  Moments parts[12], whole[6];
  if (const Status s = plan->partial(c.r, parts, c.context(enough)); !s) return s;
  std::copy_n(parts, 6, parts + 6);
  merge_moments(parts, 2, 6, whole);
  if (const Status s = plan->finalise(whole, data); !s) return s;
  for (int i = 0; i < 6; ++i) {
    kept[12 + i] = static_cast<float>(whole[i].m2);
    kept[18 + i] = static_cast<float>(whole[i].count);
  }
  return plan->apply(whole, data, c.context(enough));
}

Status backward_of_inference(CppRequest& c) {
  BatchNormBackwardDesc b;
  b.src = c.src;
  b.grad_src = wide(c.src);
  b.training = false;
  b.epsilon = 0.01f;
  BatchNormBackwardData g;
  g.src = g.grad_dst = c.r;
  g.grad_src = c.y;
  g.mean = mean;
  g.variance = variance;
  g.grad_gamma = {c.y + 3 * floats, 6};
  return run(BatchNormBackwardPlan::make(b, c.options), g, c);
}

Status groups(CppRequest& c) {
  float* const kept = c.y + 3 * floats;
  GroupNormDesc d;
  d.src = c.src;
  d.dst = wide(c.src);
  d.groups = 3;
  d.epsilon = 0.01f;
  GroupNormData data;
  data.src = c.r;
  data.dst = c.y;
  data.gamma = gamma_;
  data.beta = beta;
  data.saved_mean = {kept, 6};
  data.saved_mean_low = {kept + 6, 6};
  data.saved_invstd = {kept + 12, 6};
  if (const Status s = run(GroupNormPlan::make(d, c.options), data, c); !s) return s;
  GroupNormBackwardDesc b;
  b.src = b.grad_dst = c.src;
  b.grad_src = wide(c.src);
  b.groups = 3;
  GroupNormBackwardData g;
  g.src = g.grad_dst = c.r;
  g.grad_src = c.y + 3 * floats / 2;
  g.gamma = gamma_;
  g.mean = {kept, 6};
  g.mean_low = {kept + 6, 6};
  g.invstd = {kept + 12, 6};
  g.grad_gamma = {kept + 20, 6};
  g.grad_beta = {kept + 26, 6};
  return run(GroupNormBackwardPlan::make(b, c.options), g, c);
}

Status row_norms(CppRequest& c) {
  float* const kept = c.y + 3 * floats + 400;
  float factors[198];
  for (int k = 0; k < 198; ++k) factors[k] = static_cast<float>(k % 7) - 3;
  LayerNormDesc d = layer_norm(nchw({12, 9, 11}), 2);
  d.dst = d.residual = d.sum = d.src;
  d.epsilon = 0.01f;
  LayerNormData data;
  data.src = data.residual = c.r;
  data.dst = c.y;
  data.sum = c.y + floats;
  data.gamma = {factors, 11};
  data.beta = {factors + 11, 11};
  data.saved_mean = {kept, 108};
  data.saved_mean_low = {kept + 108, 108};
  data.saved_invstd = {kept + 216, 108};
  if (const Status s = run(LayerNormPlan::make(d, c.options), data, c); !s) return s;

  data = {};
  data.src = c.r;
  data.dst = c.y + 2 * floats;
  data.gamma = {factors, 99};
  data.beta = {factors + 99, 99};
  data.saved_invstd = {kept + 324, 12};
  if (const Status s = run(LayerNormPlan::make(rms_norm(nchw({12, 9, 11})), c.options), data, c); !s) return s;

  std::copy_n(c.y, 350, c.y + 3 * floats);
  GroupNormDesc i = instance_norm(c.src);
  i.epsilon = 0.5f;
  GroupNormData instance;
  instance.src = c.r;
  instance.dst = c.y;
  return run(GroupNormPlan::make(i, c.options), instance, c);
}

Status chain_options(CppRequest& c) {
  ChainDesc d;
  d.src = c.src;
  d.before = Affine::scale_shift(gamma_, beta);
  d.activation = hard_swish();
  ChainPool& average = d.add(PoolOp::average, Window(3, 2, 1));
  average.pool.output_size = OutputSize::ceil;
  average.pool.divisor = Divisor::fixed;
  average.pool.divisor_override = 5;
  average.after = Affine::batch_norm(mean, variance, gamma_, beta, 0.01f);
  average.activation = clamp(-1, 2);
  d.add_adaptive(PoolOp::min, {3, 4});
  d.add(PoolOp::max, Window(2, 1)).of = 1;
  ChainData data;
  data.src = c.x;
  for (int i = 0; i < 3; ++i) data.dst[i] = c.y + i * floats;
  return run(ChainPlan::make(d, {c.options.isa, StorePolicy::streaming}), data, c);
}

Status quantised_chain(CppRequest& c) {
  ChainDesc d;
  d.src = d.residual = d.intermediate = c.src;
  d.src.type = ElementType::u8;
  d.residual.type = d.intermediate.type = d.intermediate_type = ElementType::s8;
  d.src_quantization = {0.5f, 100};
  d.residual_quantization = {0.25f, -5};
  d.intermediate_quantization = {0.75f, -9};
  d.rounding = Rounding::half_away_from_zero;
  d.before = Affine::scale_shift(gamma_);
  ChainPool& max = d.add(PoolOp::max, Window(3, 2, 1));
  max.after = Affine::scale_shift(beta);
  max.after_quantization = {0.375f, 7};
  d.add(PoolOp::average, Window(3, 2, 1));
  for (ChainPool& p : d.pools) p.pool.src_quantization = p.pool.dst_quantization = {0.75f, -9};
  d.pools[1].pool.dst_quantization = {0.5f, 20};
  ChainData data;
  data.src = static_cast<const void*>(c.x);
  data.residual = static_cast<const void*>(c.r);
  data.intermediate = static_cast<void*>(c.y);
  for (int i = 0; i < 2; ++i) data.dst[i] = static_cast<void*>(c.y + (i + 1) * floats);
  return run(ChainPlan::make(d, c.options), data, c);
}

Status element_types(CppRequest& c) {
  std::vector<std::uint16_t> halves(floats);
  for (int k = 0; k < floats; ++k) halves[k] = static_cast<std::uint16_t>(bits_of(c.r[k]) >> 16);
  const std::vector<double> images(c.r, c.r + floats / 2), gammas = {1, -2, 0.1};
  LayerNormData rows;
  rows.src = static_cast<const void*>(halves.data());
  rows.dst = static_cast<void*>(c.y);
  rows.saved_mean = {c.y + floats, 12};
  const TensorDesc halves_of_rows = nchw({12, 99}, ElementType::bf16);
  if (const Status s = run(LayerNormPlan::make(layer_norm(halves_of_rows), c.options), rows, c); !s) return s;

  BatchNormTrainingDesc d;
  d.src = nchw({2, 3, 9, 11}, ElementType::f64);
  std::vector<double> y(images.size()), mean_of_channels(3);
  BatchNormTrainingData data;
  data.src = images.data();
  data.dst = y.data();
  data.gamma = gammas;
  data.saved_mean = mean_of_channels;
  const Status s = run(BatchNormTrainingPlan::make(d, c.options), data, c);
  std::memcpy(c.y + 2 * floats, y.data(), y.size() * sizeof(double));
  std::memcpy(c.y + 3 * floats, mean_of_channels.data(), 3 * sizeof(double));
  return s;
}

Status training_chain(CppRequest& c) {
  float* const kept = c.y + 3 * floats;
  TrainingChainDesc d;
  d.norm.src = c.src;
  d.norm.activation = relu();
  d.norm.mask = true;
  d.pool.window = Window(3, 2, 1);
  d.with_indices = true;
  d.index_type = IndexType::u8;
  TrainingChainData data;
  data.norm.src = c.r;
  data.norm.gamma = gamma_;
  data.norm.beta = beta;
  data.norm.saved_mean = {kept, 6};
  data.norm.saved_invstd = {kept + 6, 6};
  data.norm.mask = reinterpret_cast<std::uint8_t*>(kept + 100);
  data.dst = c.y;
  data.indices = kept + 200;
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(d, c.options);
  if (plan) kept[12] = static_cast<float>(plan->mask_bytes());
  if (const Status s = run(plan, data, c); !s) return s;

  TrainingChainBackwardDesc b;
  b.norm.src = b.norm.grad_residual = c.src;
  b.norm.mask = true;
  b.pool = d.pool;
  b.with_indices = true;
  b.index_type = d.index_type;
  TrainingChainBackwardData g;
  g.norm.src = c.r;
  g.norm.grad_src = c.y + floats;
  g.norm.grad_residual = c.y + 2 * floats;
  g.norm.mask = data.norm.mask;
  g.norm.gamma = gamma_;
  g.norm.mean = {kept, 6};
  g.norm.invstd = {kept + 6, 6};
  g.norm.grad_gamma = {kept + 20, 6};
  g.norm.grad_beta = {kept + 26, 6};
  g.grad_dst = c.x;
  g.indices = data.indices;
  if (const Status s = run(TrainingChainBackwardPlan::make(b, c.options), g, c); !s) return s;

  d.pool.op = PoolOp::average;
  d.norm.dst = c.src;
  d.norm.mask = d.with_indices = false;
  data.norm.mask = nullptr;
  data.norm.dst = c.y + 2 * floats;
  data.dst = kept + 400;
  data.indices = nullptr;
  const Result<TrainingChainPlan> average = TrainingChainPlan::make(d, c.options);
  if (const Status s = run(average, data, c); !s) return s;
  Moments moments[6];
  for (int i = 0; i < 6; ++i) moments[i] = {198, static_cast<double>(i), 99.0 + i};
  data.norm.dst = c.y;
  data.dst = kept + 800;
  return average->apply(moments, data, c.context(enough));
}

Status lp_chain(CppRequest& c) {
  float* const kept = c.y + 3 * floats;
  TrainingChainDesc d;
  d.norm.src = d.norm.dst = c.src;
  d.pool.op = PoolOp::lp;
  d.pool.window = Window(3, 2, 1);
  TrainingChainData data;
  data.norm.src = c.r;
  data.norm.dst = c.y;
  data.norm.saved_mean = {kept, 6};
  data.norm.saved_invstd = {kept + 6, 6};
  data.dst = c.y + floats;
  if (const Status s = run(TrainingChainPlan::make(d, c.options), data, c); !s) return s;
  TrainingChainBackwardDesc b;
  b.norm.src = c.src;
  b.pool = d.pool;
  TrainingChainBackwardData g;
  g.norm.src = c.r;
  g.norm.grad_src = c.y + 2 * floats;
  g.norm.mean = {kept, 6};
  g.norm.invstd = {kept + 6, 6};
  g.grad_dst = c.x;
  g.t = c.y;
  g.dst = c.y + floats;
  return run(TrainingChainBackwardPlan::make(b, c.options), g, c);
}

}  // namespace

Status (*const cpp_options_cases[c_options_count])(CppRequest&) = {
    masked,    cumulative,    in_parts,      backward_of_inference, groups,
    row_norms, chain_options, element_types, training_chain,        lp_chain,
    quantised_chain};

}  // namespace poolnorm::tests
