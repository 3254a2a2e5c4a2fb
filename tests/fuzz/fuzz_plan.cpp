// Plans of every kind from any bytes: make() answers, a plan that it makes explains itself, asks for a
// workspace, and refuses to run on nothing.
#include "bytes.hpp"
#include "expect.hpp"

using namespace poolnorm;
using namespace poolnorm::fuzz;

namespace {

Quantization quantization(Bytes& b) { return {b.number(), b.byte() < 200 ? b.byte() : b.raw<std::int32_t>()}; }

PoolDesc pool_desc(Bytes& b, const TensorDesc& src) {
  PoolDesc d;
  d.op = b.pick<PoolOp>(4);
  if (d.op == PoolOp::lp) d.p = b.flag() ? 1 : static_cast<double>(b.number());
  d.kind = b.pick<PoolKind>(4);
  d.src = src;
  d.output_size = b.pick<OutputSize>(6);
  d.divisor = b.pick<Divisor>(4);
  d.window.kernel = b.spatial();
  if (b.flag()) d.window.stride = b.spatial();
  if (b.flag()) d.window.padding = b.spatial();
  if (b.flag()) d.window.padding_end = b.spatial();
  if (b.flag()) d.window.dilation = b.spatial();
  if (d.kind == PoolKind::adaptive || b.byte() > 240) d.output = b.spatial();
  if (d.divisor == Divisor::fixed || b.byte() > 240) d.divisor_override = b.size();
  d.dst = b.tensor(src);
  if (b.byte() > 200) d.src_quantization = quantization(b);
  if (b.byte() > 200) d.dst_quantization = quantization(b);
  if (d.kind == PoolKind::listed) {
    for (Starts& starts : d.starts) starts = b.starts();
  }
  return d;
}

Affine affine(Bytes& b, std::int64_t channels) {
  Affine a;
  const std::uint8_t form = b.byte();
  if (form % 4 == 0) return a;
  if (form % 4 != 1) {
    a.mean = b.floats(channels);
    a.variance = b.floats(channels);
    a.gamma = b.floats(channels);
    a.beta = b.floats(channels);
    a.epsilon = b.number();
  }
  if (form % 4 != 2) {
    a.scale = b.floats(channels);
    a.shift = b.floats(channels);
  }
  return a;
}

template <class Desc>
Desc norm_desc(Bytes& b) {
  Desc d;
  d.src = b.tensor();
  d.dst = b.tensor(d.src);
  d.residual = b.tensor(d.src);
  d.activation = b.activation();
  return d;
}

ElementType byte_type(Bytes& b) { return b.flag() ? ElementType::s8 : ElementType::u8; }

// Mostly of bytes, whatever the tensors were.
template <class Desc>
void quantize(Desc& d, Bytes& b) {
  if (b.byte() < 128) return;
  for (TensorDesc* t : {&d.src, &d.dst, &d.residual}) {
    if (b.byte() < 240) t->type = byte_type(b);
  }
  for (Quantization* q : {&d.src_quantization, &d.dst_quantization, &d.residual_quantization}) *q = quantization(b);
  d.rounding = b.pick<Rounding>(2);
}

ChainDesc chain_desc(Bytes& b) {
  ChainDesc d;
  d.src = b.tensor();
  d.before = affine(b, d.src.dims[1]);
  d.residual = b.tensor(d.src);
  d.activation = b.activation();
  d.intermediate = b.tensor(d.src);
  d.intermediate_type = b.byte() < 240 ? d.src.type : b.pick<ElementType>(6);
  d.pool_count = b.pick<int>(max_chain_pools + 1);
  for (int i = 0; i < max_chain_pools && i < d.pool_count; ++i) {
    d.pools[i].pool = pool_desc(b, {});
    d.pools[i].of = b.byte() < 128 ? -1 : b.pick<int>(i + 1);
    d.pools[i].after = affine(b, d.src.dims[1]);
    d.pools[i].activation = b.activation();
  }
  if (b.byte() >= 64) return d;
  // Of bytes, mostly of quantisations that agree.
  d.src.type = byte_type(b);
  d.intermediate_type = d.intermediate.type = byte_type(b);
  d.residual.type = byte_type(b);
  for (Quantization* q : {&d.src_quantization, &d.intermediate_quantization, &d.residual_quantization}) *q = quantization(b);
  d.rounding = b.pick<Rounding>(2);
  for (ChainPool& p : d.pools) {
    p.pool.dst.type = d.intermediate_type;
    p.pool.src_quantization = p.of < 0 ? d.intermediate_quantization : d.pools[0].after_quantization;
    p.pool.dst_quantization = b.byte() < 200 ? p.pool.src_quantization : quantization(b);
    p.after_quantization = b.byte() < 100 ? p.pool.dst_quantization : quantization(b);
  }
  return d;
}

// A range in the order of the tasks, on workers of any number.
void nobody(void*, std::int64_t count, Task, void*) { expect(count >= 0, "the number of tasks"); }

template <class Plan, class Run>
void check(const Result<Plan>& made, Bytes& b, Run run_on_nothing) {
  expect_answer(static_cast<int>(made.status.code), made.status.message);
  const Plan& plan = made.value;  // empty, but a plan
  expect_explained([&](char* buffer, std::size_t size) { return plan.explain(buffer, size); });
  plan.workspace_bytes(serial_executor());
  plan.workspace_bytes({b.byte() < 200 ? b.byte() : b.raw<int>(), nobody, nullptr});
  const Status status = run_on_nothing(plan);
  expect_answer(static_cast<int>(status.code), status.message);
  if (!made.ok()) expect(!status.ok(), "an empty plan does not run");
}

void fuzz_pool(Bytes& b) {
  const PoolDesc d = pool_desc(b, b.tensor());
  const Result<PoolPlan> plan = PoolPlan::make(d, b.options());
  const Result<TensorDesc> dst = pool_output(d);
  expect_answer(static_cast<int>(dst.status.code), dst.status.message);
  check(plan, b, [](const PoolPlan& p) { return p.run(nullptr, nullptr, {}); });
  if (!plan.ok()) return;
  expect(dst.ok(), "pool_output() knows what a plan was made of");
  expect(std::memcmp(dst.value.dims, plan.value.dst().dims, sizeof dst.value.dims) == 0, "both have the same dst");
}

// Made of one descriptor, and as often refused.
void fuzz_indices(Bytes& b) {
  MaxIndicesDesc d;
  d.pool = pool_desc(b, b.tensor());
  if (b.byte() < 224) d.pool.op = PoolOp::max;
  d.indices = b.tensor(d.pool.dst.rank == 0 ? d.pool.src : d.pool.dst);
  d.index_type = b.pick<IndexType>(3);
  if (b.byte() < 96) d.index_order = b.pick<IndexOrder>(2);
  if (b.byte() < 96) d.index_scope = b.pick<IndexScope>(2);
  const PlanOptions options = b.options();
  const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(d, options);
  check(plan, b, [](const MaxIndicesPlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
  expect(plan.ok() || plan.value.dst().rank + plan.value.indices().rank == 0, "an empty plan has no tensors");
  const Result<MaxUnpoolPlan> unpool = MaxUnpoolPlan::make(d, options);
  check(unpool, b, [](const MaxUnpoolPlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
  const Result<MaxPoolBackwardPlan> backward = MaxPoolBackwardPlan::make(d, options);
  check(backward, b, [](const MaxPoolBackwardPlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
  // Of other types a gradient is refused; it takes memory of any.
  const bool alike = !unpool.ok() || (d.pool.src.type == ElementType::f32 &&
                                      backward.status.code != StatusCode::out_of_memory);
  expect(!alike || unpool.ok() == backward.ok(), "both read the same indices");
}

void fuzz_average_backward(Bytes& b) {
  PoolDesc d = pool_desc(b, b.tensor());
  if (b.byte() < 224) d.op = PoolOp::average;
  check(AveragePoolBackwardPlan::make(d, b.options()), b,
        [](const AveragePoolBackwardPlan& p) { return p.run(nullptr, nullptr, {}); });
}

void fuzz_lp_backward(Bytes& b) {
  PoolDesc d = pool_desc(b, b.tensor());
  if (b.byte() < 224) d.op = PoolOp::lp;
  check(LpPoolBackwardPlan::make(d, b.options()), b,
        [](const LpPoolBackwardPlan& p) { return p.run(nullptr, nullptr, nullptr, nullptr, {}); });
}

void fuzz_chain(Bytes& b) {
  const ChainDesc d = chain_desc(b);
  const Result<ChainPlan> plan = ChainPlan::make(d, b.options());
  for (int i : {0, max_chain_pools - 1, max_chain_pools, -1}) plan.value.dst(i);
  check(plan, b, [](const ChainPlan& p) { return p.run(ChainData{}, {}); });
}

void fuzz_batch_norm(Bytes& b) {
  BatchNormDesc d = norm_desc<BatchNormDesc>(b);
  d.mean = b.floats(d.src.dims[1]);
  d.variance = b.floats(d.src.dims[1]);
  d.gamma = b.floats(d.src.dims[1]);
  d.beta = b.floats(d.src.dims[1]);
  d.epsilon = b.number();
  quantize(d, b);
  check(NormPlan::make(d, b.options()), b, [](const NormPlan& p) { return p.run(nullptr, nullptr, {}); });
}

void fuzz_scale_shift(Bytes& b) {
  ScaleShiftDesc d = norm_desc<ScaleShiftDesc>(b);
  d.scale = b.floats(d.src.dims[1]);
  d.shift = b.floats(d.src.dims[1]);
  quantize(d, b);
  check(NormPlan::make(d, b.options()), b, [](const NormPlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
}

void fuzz_excite(Bytes& b) {
  check(ExcitePlan::make(norm_desc<ExciteDesc>(b), b.options()), b,
        [](const ExcitePlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
}

template <class Desc>
void number_response(Desc& d, Bytes& b) {
  d.size = b.size();
  d.window = b.pick<ResponseWindow>(2);
  for (double* number : {&d.alpha, &d.beta, &d.k}) {
    if (b.flag()) *number = static_cast<double>(b.number());
  }
}
void fuzz_response(Bytes& b) {
  LocalResponseNormDesc d;
  d.src = b.tensor();
  d.dst = b.tensor(d.src);
  number_response(d, b);
  check(LocalResponseNormPlan::make(d, b.options()), b,
        [](const LocalResponseNormPlan& p) { return p.run(nullptr, nullptr, {}); });
}
void fuzz_response_backward(Bytes& b) {
  LocalResponseNormBackwardDesc d;
  d.src = b.tensor();
  d.grad_dst = b.tensor(d.src);
  d.grad_src = b.tensor(d.src);
  number_response(d, b);
  check(LocalResponseNormBackwardPlan::make(d, b.options()), b,
        [](const LocalResponseNormBackwardPlan& p) { return p.run(nullptr, nullptr, nullptr, {}); });
}

BatchNormTrainingDesc training_desc(Bytes& b) {
  BatchNormTrainingDesc d = norm_desc<BatchNormTrainingDesc>(b);
  d.epsilon = b.number();
  d.momentum = b.number();
  d.cumulative = b.flag();
  d.unbiased_variance = b.flag();
  d.mask = b.flag();
  return d;
}

void fuzz_training(Bytes& b) {
  const BatchNormTrainingDesc d = training_desc(b);
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(d, b.options());
  plan.value.mask_bytes();
  check(plan, b, [](const BatchNormTrainingPlan& p) {
    (void)p.partial(nullptr, nullptr, {});
    (void)p.finalise(nullptr, {});
    (void)p.apply(nullptr, {}, {});
    return p.run({}, {});
  });
}

void fuzz_group_norm(Bytes& b) {
  GroupNormDesc d;
  d.src = b.tensor();
  d.dst = b.tensor(d.src);
  d.groups = b.size();
  d.epsilon = b.number();
  check(GroupNormPlan::make(d, b.options()), b, [](const GroupNormPlan& p) { return p.run({}, {}); });
}

void fuzz_layer_norm(Bytes& b) {
  LayerNormDesc d;
  d.src = b.tensor();
  d.dst = b.tensor(d.src);
  d.residual = b.tensor(d.src);
  d.sum = b.tensor(d.src);
  d.axis = b.pick<int>(max_rank);
  d.statistics = b.pick<RowStatistics>(2);
  d.epsilon = b.number();
  check(LayerNormPlan::make(d, b.options()), b, [](const LayerNormPlan& p) { return p.run({}, {}); });
}

BatchNormBackwardDesc backward_desc(Bytes& b) {
  BatchNormBackwardDesc d;
  d.src = b.tensor();
  d.grad_dst = b.tensor(d.src);
  d.grad_src = b.tensor(d.src);
  d.grad_residual = b.tensor(d.src);
  d.training = b.flag();
  d.epsilon = b.number();
  d.mask = b.flag();
  return d;
}

void fuzz_batch_norm_backward(Bytes& b) {
  const BatchNormBackwardDesc d = backward_desc(b);
  check(BatchNormBackwardPlan::make(d, b.options()), b, [](const BatchNormBackwardPlan& p) { return p.run({}, {}); });
}

void fuzz_group_norm_backward(Bytes& b) {
  GroupNormBackwardDesc d;
  d.src = b.tensor();
  d.grad_dst = b.tensor(d.src);
  d.grad_src = b.tensor(d.src);
  d.groups = b.size();
  check(GroupNormBackwardPlan::make(d, b.options()), b, [](const GroupNormBackwardPlan& p) { return p.run({}, {}); });
}

void fuzz_layer_norm_backward(Bytes& b) {
  LayerNormBackwardDesc d;
  d.src = b.tensor();
  d.grad_dst = b.tensor(d.src);
  d.grad_sum = b.tensor(d.src);
  d.grad_src = b.tensor(d.src);
  d.axis = b.pick<int>(max_rank);
  d.statistics = b.pick<RowStatistics>(2);
  check(LayerNormBackwardPlan::make(d, b.options()), b, [](const LayerNormBackwardPlan& p) { return p.run({}, {}); });
}

// The pool behind a norm, mostly one that there may be.
template <class Desc>
void add_pool(Desc& d, Bytes& b) {
  d.pool = pool_desc(b, d.norm.src);
  if (b.byte() < 224) d.pool.src = {};
  d.with_indices = b.flag();
  if (d.with_indices && b.byte() < 224) d.pool.op = PoolOp::max;
  if (b.byte() < 32) d.indices = b.tensor(d.norm.src);
  d.index_type = b.pick<IndexType>(3);
}

void fuzz_training_chain(Bytes& b) {
  TrainingChainDesc d;
  d.norm = training_desc(b);
  add_pool(d, b);
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(d, b.options());
  plan.value.mask_bytes();
  expect(plan.ok() || plan.value.dst().rank + plan.value.indices().rank == 0, "an empty plan has no tensors");
  check(plan, b, [](const TrainingChainPlan& p) {
    (void)p.apply(nullptr, {}, {});
    return p.run({}, {});
  });
}

void fuzz_training_chain_backward(Bytes& b) {
  TrainingChainBackwardDesc d;
  d.norm = backward_desc(b);
  if (b.byte() < 224) d.norm.grad_dst = {};
  add_pool(d, b);
  check(TrainingChainBackwardPlan::make(d, b.options()), b,
        [](const TrainingChainBackwardPlan& p) { return p.run({}, {}); });
}

// Weights of a convolution that fit in memory, whatever the descriptor says of the norm.
void fuzz_fold(Bytes& b) {
  BatchNormDesc d;
  const std::int64_t channels = b.byte() % 32;
  for (Parameters* f : {&d.mean, &d.variance, &d.gamma, &d.beta}) *f = b.floats(channels);
  d.epsilon = b.number();
  float data[1024] = {}, bias[32] = {};
  ConvolutionWeights w{data, channels, b.byte() % 32, 32, 1};
  if (b.flag()) w = {data, channels, b.byte() % 32, 1, 32};
  if (b.byte() > 224) w.channels = b.size() | INT64_MIN;
  if (b.byte() > 224) w.elements = b.size() | INT64_MIN;
  if (b.byte() > 240) w.data = nullptr;
  const Status status = fold_batch_norm(d, w, b.byte() > 240 ? nullptr : bias);
  expect_answer(static_cast<int>(status.code), status.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr void (*targets[])(Bytes&) = {fuzz_pool,
                                                fuzz_chain,
                                                fuzz_batch_norm,
                                                fuzz_scale_shift,
                                                fuzz_excite,
                                                fuzz_training,
                                                fuzz_group_norm,
                                                fuzz_layer_norm,
                                                fuzz_batch_norm_backward,
                                                fuzz_group_norm_backward,
                                                fuzz_fold,
                                                fuzz_indices,
                                                fuzz_average_backward,
                                                fuzz_layer_norm_backward,
                                                fuzz_lp_backward,
                                                fuzz_training_chain,
                                                fuzz_training_chain_backward,
                                                fuzz_response,
                                                fuzz_response_backward};
  Bytes b(data, size);
  targets[target(b.byte(), sizeof targets / sizeof *targets)](b);
  return 0;
}
