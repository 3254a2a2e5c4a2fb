// Every allocation of every plan's creation fails once: the answer is a status, and nothing is lost.
#include "support/doctest.hpp"

#include <vector>

#include <poolnorm/poolnorm.h>
#include <poolnorm/poolnorm.hpp>

#include "support/allocations.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// call() -> Status. Fails allocation 0, 1, ... until all of its allocations succeed; returns how many they are.
template <class Call>
std::int64_t check_every_allocation(Call call) {
  for (std::int64_t i = 0;; ++i) {
    const std::int64_t before = live_allocations();
    fail_allocation(i);
    const Status status = call();
    const bool failed = allocation_failed();
    CHECK(live_allocations() == before);
    if (!failed) {
      CHECK_MESSAGE(status.ok(), message_of(status));
      return i;
    }
    INFO("allocation ", i);
    CHECK(status.code == StatusCode::out_of_memory);
    CHECK(contains(message_of(status), "out of memory"));
  }
}

template <class Plan, class Desc>
void check_plan(const Desc& desc) {
  CHECK(check_every_allocation([&] { return Plan::make(desc).status; }) >= 1);
}

const TensorDesc tensors[] = {nchw({2, 6, 9, 11}), nhwc({2, 6, 9, 11}), nchw({2, 6, 4, 9, 11}),
                              nhwc({2, 64, 9, 11})};  // rows whose windows are tabulated, too

PoolDesc pool_of(PoolOp op, PoolKind kind, const TensorDesc& src) {
  PoolDesc d;
  d.op = op;
  d.kind = kind;
  d.src = src;
  if (kind == PoolKind::sliding) d.window = Window(3, 2, 1);
  if (kind == PoolKind::adaptive) d.output = Spatial(2);
  if (kind == PoolKind::listed) {
    static constexpr std::int64_t starts[] = {0, 1, 1};
    d.window = Window(2);
    for (int i = 0; i < src.rank - 2; ++i) d.starts[i] = {starts, 3};
  }
  d.divisor = Divisor::valid;
  return d;
}

}  // namespace

TEST_CASE("a failed allocation is a status: pools") {
  if (!counts_allocations()) return;
  for (const TensorDesc& src : tensors) {
    for (PoolOp op : {PoolOp::max, PoolOp::average}) {
      for (PoolKind kind : {PoolKind::sliding, PoolKind::adaptive, PoolKind::global, PoolKind::listed}) {
        check_plan<PoolPlan>(pool_of(op, kind, src));
        const std::vector<float> x(13000);
        std::vector<float> y(13000);
        check_every_allocation([&] { return pool(pool_of(op, kind, src), x.data(), y.data()); });
      }
    }
    PoolDesc power = pool_of(PoolOp::lp, PoolKind::sliding, src);
    power.p = 3;
    check_plan<PoolPlan>(power);
  }
}

TEST_CASE("a failed allocation is a status: indices and gradients of pools") {
  if (!counts_allocations()) return;
  for (const TensorDesc& src : tensors) {
    for (PoolKind kind : {PoolKind::sliding, PoolKind::adaptive, PoolKind::global}) {
      MaxIndicesDesc desc;
      desc.pool = pool_of(PoolOp::max, kind, src);
      check_plan<MaxIndicesPlan>(desc);
      check_plan<MaxUnpoolPlan>(desc);
      check_plan<MaxPoolBackwardPlan>(desc);
      check_plan<AveragePoolBackwardPlan>(pool_of(PoolOp::average, kind, src));
      check_plan<LpPoolBackwardPlan>(pool_of(PoolOp::lp, kind, src));
    }
  }
}

TEST_CASE("a failed allocation is a status: norms and chains") {
  if (!counts_allocations()) return;
  for (const TensorDesc& src : tensors) {
    const std::vector<float> parameter(static_cast<std::size_t>(src.dims[1]), 1.0f);
    BatchNormDesc norm;
    norm.src = src;
    norm.mean = norm.variance = norm.gamma = norm.beta = parameter;
    check_plan<NormPlan>(norm);
    norm.src.type = ElementType::u8;
    check_plan<NormPlan>(norm);
    norm.src.type = ElementType::f32;
    ScaleShiftDesc scale;
    scale.src = src;
    scale.scale = parameter;
    check_plan<NormPlan>(scale);
    ExciteDesc excitation;
    excitation.src = src;
    check_plan<ExcitePlan>(excitation);
    LocalResponseNormDesc response;
    response.src = src;
    check_plan<LocalResponseNormPlan>(response);
    for (bool kept : {false, true}) {
      ChainDesc chain_desc;
      chain_desc.src = src;
      chain_desc.before = Affine::batch_norm(parameter, parameter, parameter, parameter);
      chain_desc.activation = relu();
      if (kept) chain_desc.intermediate = src;
      chain_desc.add(PoolOp::max, Window(3, 1, 1)).after = Affine::scale_shift(parameter);
      chain_desc.add(PoolOp::max, Window(3, 1, 1)).of = 0;
      chain_desc.add_global(PoolOp::average);
      check_plan<ChainPlan>(chain_desc);
    }
    const std::vector<float> x(13000);
    std::vector<float> y(13000);
    response.src = nchw({1, 6, 2, 2});  // too small to be shared
    check_every_allocation([&] { return local_response_norm(response, x.data(), y.data()); });
    check_every_allocation([&] { return fused_stem(norm, x.data(), y.data()); });
    check_every_allocation([&] { return fused_head(norm, x.data(), y.data()); });
  }
}

TEST_CASE("a failed allocation is a status: statistics and gradients") {
  if (!counts_allocations()) return;
  for (const TensorDesc& src : tensors) {
    BatchNormTrainingDesc training;
    training.src = src;
    check_plan<BatchNormTrainingPlan>(training);
    GroupNormDesc group;
    group.src = src;
    group.groups = 2;
    check_plan<GroupNormPlan>(group);
    BatchNormBackwardDesc backward;
    backward.src = src;
    check_plan<BatchNormBackwardPlan>(backward);
    GroupNormBackwardDesc group_backward;
    group_backward.src = src;
    group_backward.groups = 2;
    check_plan<GroupNormBackwardPlan>(group_backward);
    LocalResponseNormBackwardDesc response_backward;
    response_backward.src = src;
    check_plan<LocalResponseNormBackwardPlan>(response_backward);
  }
  check_plan<LayerNormPlan>(layer_norm(tensors[0]));
  LayerNormBackwardDesc rows;
  rows.src = tensors[0];
  check_plan<LayerNormBackwardPlan>(rows);
}

TEST_CASE("a failed allocation is a status: training chains") {
  if (!counts_allocations()) return;
  for (const TensorDesc& src : tensors) {
    for (PoolOp op : {PoolOp::max, PoolOp::average, PoolOp::lp}) {
      TrainingChainDesc forward;
      forward.norm.src = src;
      forward.pool = pool_of(op, PoolKind::sliding, {});
      forward.with_indices = op == PoolOp::max;
      check_plan<TrainingChainPlan>(forward);
      TrainingChainBackwardDesc backward;
      backward.norm.src = src;
      backward.pool = forward.pool;
      backward.with_indices = forward.with_indices;
      check_plan<TrainingChainBackwardPlan>(backward);
    }
  }
}

TEST_CASE("a failed allocation is a status: C") {
  if (!counts_allocations()) return;
  const auto status_of = [](const poolnorm_status& c) {
    Status s;
    s.code = static_cast<StatusCode>(c.code);
    std::copy(std::begin(c.message), std::end(c.message), s.message);
    return s;
  };
  const std::int64_t dims[] = {2, 6, 9, 11};
  poolnorm_pool_desc pool_desc = poolnorm_pool_desc_init();
  pool_desc.src = poolnorm_nchw(4, dims);
  pool_desc.window = poolnorm_window_square(3, 2, 1);
  CHECK(check_every_allocation([&] {
          poolnorm_pool_plan* plan = nullptr;
          poolnorm_status status;
          poolnorm_pool_plan_make(&plan, &pool_desc, nullptr, &status);
          poolnorm_pool_plan_destroy(plan);
          return status_of(status);
        }) >= 2);
  const float parameter[6] = {1, 1, 1, 1, 1, 1};
  const poolnorm_chain_pool stage = poolnorm_chain_pool_init(&pool_desc);
  poolnorm_chain_desc chain = poolnorm_chain_desc_init();
  poolnorm_affine before = poolnorm_affine_init();
  before.mean = before.variance = poolnorm_floats_of(parameter, 6);
  chain.src = pool_desc.src;
  pool_desc.src = {};
  chain.before = &before;
  chain.pools = &stage;
  chain.pool_count = 1;
  CHECK(check_every_allocation([&] {
          poolnorm_chain_plan* plan = nullptr;
          poolnorm_status status;
          poolnorm_chain_plan_make(&plan, &chain, nullptr, &status);
          poolnorm_chain_plan_destroy(plan);
          return status_of(status);
        }) >= 2);
}
