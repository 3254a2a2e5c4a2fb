// Plans of every family with all that they need to run.
#include "ready.hpp"

#include <memory>

#include "compare.hpp"
#include "doctest.hpp"

namespace poolnorm::tests {
namespace {

// call(plan, src, dst, context) runs it.
template <class Plan, class Call>
Ready ready_with(Result<Plan> made, const Dense& x, std::int64_t outputs, const Executor& executor, Call call) {
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const auto plan = std::make_shared<const Plan>(std::move(made.value));
  Ready r;
  r.what = explain(*plan);
  r.call = [=](const float* src, float* dst, const RunContext& context) { return call(*plan, src, dst, context); };
  r.workspace_bytes = [plan](const Executor& e) { return plan->workspace_bytes(e); };
  r.x = x.values;
  r.y.resize(static_cast<std::size_t>(outputs));
  r.workspace.resize(plan->workspace_bytes(executor));
  r.executor = executor;
  return r;
}

template <class Plan>
Ready ready(Result<Plan> made, const Dense& x, std::int64_t outputs, const Executor& executor) {
  return ready_with(std::move(made), x, outputs, executor,
                    [](const Plan& plan, const float* src, float* dst, const RunContext& context) {
                      return plan.run(src, dst, context);
                    });
}

Ready ready_norm(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  NormCase norm = norm_case(src, kind);
  norm.activation = hard_swish();
  return ready(NormPlan::make(norm.batch_norm(), {isa, StorePolicy::automatic}), norm.x, src.elements(), executor);
}

// Values and then indices.
Ready ready_indices(const PoolDesc& pool, const Executor& executor, Isa isa, Values kind) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  desc.index_type = IndexType::i32;
  const std::int64_t outputs = pool_output(pool).value.elements();
  return ready_with(MaxIndicesPlan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(pool.src), kind, 1),
                    2 * outputs, executor,
                    [=](const MaxIndicesPlan& plan, const float* src, float* dst, const RunContext& context) {
                      return plan.run(src, dst, dst + outputs, context);
                    });
}

// Back by indices that all name the first element: MaxPoolBackwardPlan or MaxUnpoolPlan.
template <class Plan>
Ready ready_scatter(const PoolDesc& pool, const Executor& executor, Isa isa, Values kind) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  const TensorDesc dst = pool_output(pool).value;
  const auto indices = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(dst.elements()));
  return ready_with(Plan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(dst), kind, 1),
                    pool.src.elements(), executor,
                    [=](const Plan& plan, const float* src, float* to, const RunContext& context) {
                      return plan.run(src, indices->data(), to, context);
                    });
}

// Of plans that read two tensors: the same one twice.
template <class Plan, class Desc>
Ready ready_of_two(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  Desc desc;
  desc.src = src;
  return ready_with(Plan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(src), kind, 1), src.elements(),
                    executor, [](const Plan& plan, const float* x, float* y, const RunContext& context) {
                      return plan.run(x, x, y, context);
                    });
}

Ready ready_response(const TensorDesc& src, const Executor& executor, Isa isa, Values kind) {
  LocalResponseNormDesc desc;
  desc.src = src;
  return ready(LocalResponseNormPlan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(src), kind, 1),
               src.elements(), executor);
}

Ready ready_gradient(PoolDesc pool, const Executor& executor, Isa isa, Values kind) {
  pool.op = PoolOp::average;
  return ready(AveragePoolBackwardPlan::make(pool, {isa, StorePolicy::automatic}),
               make_values(dims_of(pool_output(pool).value), kind, 1), pool.src.elements(), executor);
}

// x is src and, as far as it goes, dst and grad_dst.
Ready ready_lp_gradient(PoolDesc pool, double p, const Executor& executor, Isa isa, Values kind) {
  pool.op = PoolOp::lp;
  pool.p = p;
  REQUIRE(pool_output(pool).value.elements() <= pool.src.elements());
  return ready_with(LpPoolBackwardPlan::make(pool, {isa, StorePolicy::automatic}),
                    make_values(dims_of(pool.src), kind, 1), pool.src.elements(), executor,
                    [](const LpPoolBackwardPlan& plan, const float* x, float* y, const RunContext& context) {
                      return plan.run(x, x, x, y, context);
                    });
}

Ready ready_chain(const TensorDesc& src, const Activation& activation, const Executor& executor, Isa isa, Values kind) {
  const NormCase norm = norm_case(src, kind);
  ChainDesc desc;
  desc.src = src;
  desc.before = Affine::batch_norm(norm.parameters[0], norm.parameters[1], norm.parameters[2], norm.parameters[3]);
  desc.activation = activation;
  desc.add(PoolOp::average, Window(2));
  Result<ChainPlan> plan = ChainPlan::make(desc, {isa, StorePolicy::automatic});
  const std::int64_t outputs = plan->dst().elements();
  return ready(std::move(plan), norm.x, outputs, executor);
}

// The same of any type: floats are memory for elements that are no NaN, as are results of them.
std::int64_t floats_for(const TensorDesc& t) { return (t.elements() * size_of(t.type) + 3) / 4; }

Dense memory_for(const TensorDesc& t) {
  Dense memory({floats_for(t)});
  auto* const bytes = reinterpret_cast<unsigned char*>(memory.values.data());
  for (std::size_t i = 0; i < memory.values.size() * 4; ++i) bytes[i] = static_cast<unsigned char>(1 + i * 7 % 59);
  return memory;
}

template <class Plan>
Ready ready_of_type(Result<Plan> made, const TensorDesc& src, const TensorDesc& dst, const Executor& executor) {
  return ready_with(std::move(made), memory_for(src), floats_for(dst), executor,
                    [](const Plan& plan, const void* from, void* to, const RunContext& context) {
                      return plan.run(from, to, context);
                    });
}

void for_each_of_type(ElementType type, Layout layout, const Executor& executor, Isa isa, const OnReady& f) {
  const PlanOptions options{isa, StorePolicy::automatic};
  const bool floats = type != ElementType::s8 && type != ElementType::u8;
  TensorDesc src = packed(layout, {1, 24, 90, 80}, type);
  INFO(std::string(name(type)));
  const auto pool = [&](PoolOp op, const Window& window) {
    const PoolDesc desc = pool_desc(op, src, window);
    Ready r = ready_of_type(PoolPlan::make(desc, options), src, pool_output(desc).value, executor);
    f(r);
  };
  pool(PoolOp::max, Window(3, 2, 1));
  pool(PoolOp::average, Window(3, 1, 1));
  pool(PoolOp::average, Window(9, 1, 4));
  if (floats) pool(PoolOp::lp, Window(3, 2, 1));
  MaxIndicesDesc indices;
  indices.pool = pool_desc(PoolOp::max, src, Window(3, 2, 1));
  indices.index_type = IndexType::u8;
  const std::int64_t values = floats_for(pool_output(indices.pool).value);
  Ready with_indices = ready_with(MaxIndicesPlan::make(indices, options), memory_for(src), 2 * values, executor,
                                  [=](const MaxIndicesPlan& plan, const void* from, float* to, const RunContext& context) {
                                    return plan.run(from, static_cast<void*>(to), to + values, context);
                                  });
  f(with_indices);
  NormCase norm = norm_case(packed(layout, dims_of(src)));
  norm.activation = hard_swish();
  Random random(1);
  floats ? norm.set_type(type) : norm.quantize(type, type, Values::signed_uniform, random);
  Ready normed = ready_of_type(NormPlan::make(norm.batch_norm(), options), src, src, executor);
  f(normed);
  if (!floats) return;
  ChainDesc chain;
  chain.src = src;
  chain.intermediate_type = type;
  const BatchNormDesc batch = norm.batch_norm();
  chain.before = Affine::batch_norm(batch.mean, batch.variance, batch.gamma, batch.beta, batch.epsilon);
  chain.activation = relu();
  chain.add(PoolOp::average, Window(3, 2, 1));
  Result<ChainPlan> plan = ChainPlan::make(chain, options);
  const TensorDesc pooled = plan->dst();
  Ready chained = ready_of_type(std::move(plan), src, pooled, executor);
  f(chained);
}

// A plan of norms with statistics: `fill` gives its data the run's src and dst.
template <class Plan, class Data>
Ready ready_statistics(Result<Plan> made, const Dense& x, const Executor& executor, Data data,
                       void (*fill)(Data&, const float*, float*)) {
  const auto size = static_cast<std::int64_t>(x.values.size());
  return ready_with(std::move(made), x, size, executor,
                    [=](const Plan& plan, const float* src, float* dst, const RunContext& context) {
                      Data d = data;
                      fill(d, src, dst);
                      return plan.run(d, context);
                    });
}

// `memory`: what src lies in.
void for_each_statistics(const TensorDesc& src, const TensorDesc& memory, const Executor& executor, Isa isa,
                         Values kind, const OnReady& f) {
  const PlanOptions options{isa, StorePolicy::automatic};
  const Dense x = make_values(dims_of(memory), kind, 1);
  const std::vector<float> ones(static_cast<std::size_t>(src.dims[1]), 1.0f);
  const auto forward = [](auto& d, const float* from, float* to) {
    d.src = from;
    d.dst = to;
  };
  const auto backward = [](auto& d, const float* from, float* to) {
    d.src = d.grad_dst = from;
    d.grad_src = to;
  };
  BatchNormTrainingDesc training;
  training.src = src;
  Ready trained = ready_statistics<BatchNormTrainingPlan, BatchNormTrainingData>(
      BatchNormTrainingPlan::make(training, options), x, executor, {}, forward);
  f(trained);
  GroupNormDesc groups;
  groups.src = src;
  groups.groups = 8;
  Ready grouped =
      ready_statistics<GroupNormPlan, GroupNormData>(GroupNormPlan::make(groups, options), x, executor, {}, forward);
  f(grouped);
  Ready rows = ready_statistics<LayerNormPlan, LayerNormData>(
      LayerNormPlan::make(layer_norm(nchw({src.dims[1], src.elements() / src.dims[1]})), options), x, executor, {},
      forward);
  f(rows);
  BatchNormBackwardDesc gradient;
  gradient.src = src;
  gradient.training = false;
  BatchNormBackwardData data;
  data.mean = ones;
  data.variance = ones;
  Ready gradients = ready_statistics<BatchNormBackwardPlan, BatchNormBackwardData>(
      BatchNormBackwardPlan::make(gradient, options), x, executor, data, backward);
  f(gradients);
  GroupNormBackwardDesc group_gradient;
  group_gradient.src = src;
  group_gradient.groups = 8;
  const std::vector<float> statistics(8 * static_cast<std::size_t>(src.dims[0]), 1.0f);
  GroupNormBackwardData group_data;
  group_data.mean = group_data.invstd = statistics;
  Ready group_gradients = ready_statistics<GroupNormBackwardPlan, GroupNormBackwardData>(
      GroupNormBackwardPlan::make(group_gradient, options), x, executor, group_data, backward);
  f(group_gradients);
  LayerNormBackwardDesc row_gradient;
  row_gradient.src = nchw({src.dims[1], src.elements() / src.dims[1]});
  LayerNormBackwardData row_data;
  row_data.mean = row_data.invstd = ones;
  Ready row_gradients = ready_statistics<LayerNormBackwardPlan, LayerNormBackwardData>(
      LayerNormBackwardPlan::make(row_gradient, options), x, executor, row_data, backward);
  f(row_gradients);
}

// A norm with its pool, values and then indices; and the way back by indices that name the first element.
void for_each_training_chain(const TensorDesc& src, const Executor& executor, Isa isa, Values kind, const OnReady& f) {
  const PlanOptions options{isa, StorePolicy::automatic};
  const Dense x = make_values(dims_of(src), kind, 1);
  static const std::vector<float> ones(64, 1.0f);
  const Parameters statistics(ones.data(), src.dims[1]);
  TrainingChainDesc desc;
  desc.norm.src = src;
  desc.pool.window = Window(3, 2, 1);
  desc.with_indices = true;
  desc.index_type = IndexType::i32;
  Ready forward = ready_statistics<TrainingChainPlan, TrainingChainData>(
      TrainingChainPlan::make(desc, options), x, executor, {}, [](TrainingChainData& d, const float* from, float* to) {
        d.norm.src = from;
        d.dst = to;
        d.indices = to + 24 * 25 * 30;
      });
  f(forward);
  TrainingChainBackwardDesc gradient;
  gradient.norm.src = src;
  gradient.pool.window = Window(3, 2, 1);
  TrainingChainBackwardData data;
  data.norm.mean = data.norm.invstd = statistics;
  const auto fill = [](TrainingChainBackwardData& d, const float* from, float* to) {
    d.norm.src = d.grad_dst = from;
    d.norm.grad_src = to;
  };
  gradient.pool.op = PoolOp::average;
  Ready spread = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data, fill);
  f(spread);
  gradient.pool.op = PoolOp::lp;
  Ready of_norms = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data,
      [](TrainingChainBackwardData& d, const float* from, float* to) {
        d.norm.src = d.grad_dst = d.t = d.dst = from;
        d.norm.grad_src = to;
      });
  f(of_norms);
  static const std::vector<std::int32_t> first(24 * 25 * 30);
  gradient.pool.op = PoolOp::max;
  gradient.with_indices = true;
  gradient.index_type = IndexType::i32;
  data.indices = first.data();
  Ready scattered = ready_statistics<TrainingChainBackwardPlan, TrainingChainBackwardData>(
      TrainingChainBackwardPlan::make(gradient, options), x, executor, data, fill);
  f(scattered);
}

}  // namespace

Ready ready_pool(const PoolDesc& desc, const Executor& executor, Isa isa, Values kind) {
  return ready(PoolPlan::make(desc, {isa, StorePolicy::automatic}), make_values(dims_of(desc.src), kind, 1),
               pool_output(desc).value.elements(), executor);
}

void for_each_ready(const Executor& executor, Values kind, const OnReady& f) {
  for_each_isa([&](Isa isa) {
    for (Layout layout : layouts) {
      INFO(std::string(name(layout)));
      const TensorDesc src = packed(layout, {1, 24, 50, 60});
      for (PoolOp op : pool_ops) {
        for (const Window& window : {Window(3, 2, 1), Window(2), Window(9, 1, 4), Window(3, 1, 2, 2)}) {
          Ready r = ready_pool(pool_desc(op, src, window), executor, isa, kind);
          f(r);
        }
        Ready global = ready_pool(global_desc(op, src), executor, isa, kind);
        f(global);
        Ready adaptive = ready_pool(adaptive_desc(op, src, 7), executor, isa, kind);
        f(adaptive);
      }
      for (const Window& window : {Window(3, 2, 1), Window(9, 1, 4)}) {
        Ready indices = ready_indices(pool_desc(PoolOp::max, src, window), executor, isa, kind);
        f(indices);
        Ready scatter = ready_scatter<MaxPoolBackwardPlan>(pool_desc(PoolOp::max, src, window), executor, isa, kind);
        f(scatter);
        Ready unpool = ready_scatter<MaxUnpoolPlan>(pool_desc(PoolOp::max, src, window), executor, isa, kind);
        f(unpool);
        Ready gradient = ready_gradient(pool_desc(PoolOp::average, src, window), executor, isa, kind);
        f(gradient);
        for (const double p : {1.0, 3.0}) {
          Ready lp_gradient = ready_lp_gradient(pool_desc(PoolOp::lp, src, window), p, executor, isa, kind);
          f(lp_gradient);
        }
      }
      Ready norm = ready_norm(src, executor, isa, kind);
      f(norm);
      Ready excitation = ready_of_two<ExcitePlan, ExciteDesc>(src, executor, isa, kind);
      f(excitation);
      Ready response = ready_response(src, executor, isa, kind);
      f(response);
      Ready response_gradient =
          ready_of_two<LocalResponseNormBackwardPlan, LocalResponseNormBackwardDesc>(src, executor, isa, kind);
      f(response_gradient);
      for_each_statistics(src, src, executor, isa, kind, f);
      for_each_training_chain(src, executor, isa, kind, f);
      const TensorDesc memory = packed(layout, {1, 24, 50, 64});
      TensorDesc rows_apart = memory;
      rows_apart.dims[3] = src.dims[3];
      for_each_statistics(rows_apart, memory, executor, isa, kind, f);
      for (ElementType type : {ElementType::f16, ElementType::bf16, ElementType::f64, ElementType::s8, ElementType::u8}) {
        for_each_of_type(type, layout, executor, isa, f);
      }
      for (const Activation& activation : {relu(), hard_swish()}) {
        Ready chain = ready_chain(src, activation, executor, isa, kind);
        f(chain);
      }
    }
  });
}

}  // namespace poolnorm::tests
