// What holds for every kind of plan: it moves, it explains itself, empty tensors are success with nothing read, and a
// plan that was never made has a message for run().
#include "support/doctest.hpp"

#include <utility>

#include <poolnorm/poolnorm.hpp>

#include "support/check.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// run(plan, context) -> Status, on no data. `desc` is legal, `no_images` the same with N = 0.
template <class Plan, class Desc, class Run>
void check_plan(const Desc& desc, const Desc& no_images, Run run) {
  const RunContext nothing{serial_executor(), nullptr, 0};
  const Plan never;
  CHECK(explain(never) == "no plan");
  CHECK(never.workspace_bytes(serial_executor()) == 0);
  check_message(run(never, nothing), StatusCode::invalid_argument, {"the plan is empty"});

  Result<Plan> made = Plan::make(desc);
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  const std::string line = explain(made.value);
  const std::size_t bytes = made.value.workspace_bytes(serial_executor());
  Plan constructed = std::move(made.value);
  CHECK(explain(made.value) == "no plan");
  CHECK(explain(constructed) == line);
  Plan assigned = Plan::make(desc).value;  // its own plan is given back
  assigned = std::move(constructed);
  CHECK(explain(constructed) == "no plan");
  CHECK(explain(assigned) == line);
  CHECK(assigned.workspace_bytes(serial_executor()) == bytes);
  Plan& self = assigned;
  assigned = std::move(self);
  CHECK(explain(assigned) == line);
  CHECK(run(assigned, nothing).code == StatusCode::invalid_argument);

  const Result<Plan> empty = Plan::make(no_images);
  REQUIRE_MESSAGE(empty.ok(), message_of(empty));
  CHECK(contains(explain(empty.value), "empty tensor: nothing to do"));
  CHECK(empty.value.workspace_bytes(serial_executor()) == 0);
  const Status status = run(empty.value, nothing);
  CHECK_MESSAGE(status.ok(), message_of(status));
}

// fill(desc, src) sets a descriptor up for a tensor.
template <class Plan, class Desc, class Fill, class Run>
void check_plan_of(Fill fill, Run run) {
  for (Layout layout : layouts) {
    INFO(std::string(name(layout)));
    Desc desc, no_images;
    fill(desc, packed(layout, {2, 6, 5, 7}));
    fill(no_images, packed(layout, {0, 6, 5, 7}));
    check_plan<Plan>(desc, no_images, run);
  }
}

const auto set_src = [](auto& d, const TensorDesc& src) { d.src = src; };
const auto run_data = [](const auto& plan, const RunContext& c) { return plan.run({}, c); };
const auto run_two = [](const auto& plan, const RunContext& c) {
  return plan.run(static_cast<const float*>(nullptr), static_cast<float*>(nullptr), c);
};

}  // namespace

TEST_CASE("every plan moves, explains itself and does nothing on empty tensors: pools") {
  const auto fill_pool = [](PoolOp op) {
    return [op](PoolDesc& d, const TensorDesc& src) { d = pool_desc(op, src, Window(3, 2, 1)); };
  };
  const auto fill_indices = [](MaxIndicesDesc& d, const TensorDesc& src) {
    d.pool = pool_desc(PoolOp::max, src, Window(3, 2, 1));
  };
  check_plan_of<PoolPlan, PoolDesc>(fill_pool(PoolOp::max), run_two);
  check_plan_of<AveragePoolBackwardPlan, PoolDesc>(fill_pool(PoolOp::average), run_two);
  check_plan_of<LpPoolBackwardPlan, PoolDesc>(fill_pool(PoolOp::lp), [](const auto& plan, const RunContext& c) {
    return plan.run(nullptr, nullptr, nullptr, nullptr, c);
  });
  check_plan_of<MaxIndicesPlan, MaxIndicesDesc>(fill_indices, [](const MaxIndicesPlan& plan, const RunContext& c) {
    if (contains(explain(plan), "no plan")) CHECK(plan.dst().rank + plan.indices().rank == 0);
    return plan.run(nullptr, nullptr, nullptr, c);
  });
  const auto run_scatter = [](const auto& plan, const RunContext& c) {
    std::int64_t skipped = 7;
    const Status status = plan.run(nullptr, nullptr, nullptr, c, &skipped);
    CHECK(skipped == (status.ok() ? 0 : 7));
    return status;
  };
  check_plan_of<MaxUnpoolPlan, MaxIndicesDesc>(fill_indices, run_scatter);
  check_plan_of<MaxPoolBackwardPlan, MaxIndicesDesc>(fill_indices, run_scatter);
}

TEST_CASE("every plan moves, explains itself and does nothing on empty tensors: norms and chains") {
  static const std::vector<float> six(6, 1.0f);
  check_plan_of<NormPlan, BatchNormDesc>(
      [](BatchNormDesc& d, const TensorDesc& src) {
        d.src = src;
        d.mean = d.variance = six;
      },
      run_two);
  check_plan_of<ExcitePlan, ExciteDesc>(
      set_src, [](const ExcitePlan& plan, const RunContext& c) { return plan.run(nullptr, nullptr, nullptr, c); });
  check_plan_of<LocalResponseNormPlan, LocalResponseNormDesc>(set_src, run_two);
  check_plan_of<ChainPlan, ChainDesc>(
      [](ChainDesc& d, const TensorDesc& src) {
        d.src = src;
        d.before = Affine::batch_norm(six, six);
        d.add(PoolOp::max, Window(2));
      },
      run_data);
}

TEST_CASE("every plan moves, explains itself and does nothing on empty tensors: statistics and gradients") {
  check_plan_of<BatchNormTrainingPlan, BatchNormTrainingDesc>(
      [](BatchNormTrainingDesc& d, const TensorDesc& src) {
        d.src = src;
        d.activation = relu();
        d.mask = true;
      },
      [](const BatchNormTrainingPlan& plan, const RunContext& c) {
        if (contains(explain(plan), "no plan") || contains(explain(plan), "empty")) CHECK(plan.mask_bytes() == 0);
        return plan.run({}, c);
      });
  check_plan_of<GroupNormPlan, GroupNormDesc>(set_src, run_data);
  check_plan_of<LayerNormPlan, LayerNormDesc>(
      [](auto& d, const TensorDesc& t) {
        d.src = nchw({t.dims[0], 6, 35});
      },
      run_data);
  check_plan_of<BatchNormBackwardPlan, BatchNormBackwardDesc>(set_src, run_data);
  check_plan_of<GroupNormBackwardPlan, GroupNormBackwardDesc>(set_src, run_data);
  check_plan_of<LocalResponseNormBackwardPlan, LocalResponseNormBackwardDesc>(
      set_src, [](const auto& plan, const RunContext& c) { return plan.run(nullptr, nullptr, nullptr, c); });
  check_plan_of<LayerNormBackwardPlan, LayerNormBackwardDesc>(
      [](auto& d, const TensorDesc& t) {
        d.src = nchw({t.dims[0], 6, 35});
      },
      run_data);
}

TEST_CASE("every plan moves, explains itself and does nothing on empty tensors: training chains") {
  check_plan_of<TrainingChainPlan, TrainingChainDesc>(
      [](TrainingChainDesc& d, const TensorDesc& src) {
        d.norm.src = src;
        d.norm.activation = relu();
        d.norm.mask = d.with_indices = true;
        d.pool.window = Window(3, 2, 1);
      },
      [](const TrainingChainPlan& plan, const RunContext& c) {
        if (contains(explain(plan), "no plan")) CHECK(plan.dst().rank + plan.indices().rank == 0);
        if (contains(explain(plan), "no plan") || contains(explain(plan), "empty")) CHECK(plan.mask_bytes() == 0);
        const Moments none[6] = {};
        const Status status = plan.run({}, c);
        CHECK(plan.apply(none, {}, c).code == status.code);
        return status;
      });
  for (bool with_indices : {false, true}) {
    const auto fill = with_indices ? [](TrainingChainBackwardDesc& d, const TensorDesc& src) {
      d.norm.src = src;
      d.pool.window = Window(2);
      d.with_indices = true;
    } : [](TrainingChainBackwardDesc& d, const TensorDesc& src) {
      d.norm.src = src;
      d.pool.window = Window(2);
      d.pool.op = PoolOp::average;
    };
    check_plan_of<TrainingChainBackwardPlan, TrainingChainBackwardDesc>(
        fill, [](const TrainingChainBackwardPlan& plan, const RunContext& c) {
          std::int64_t skipped = 7;
          const Status status = plan.run({}, c, &skipped);
          CHECK(skipped == (status.ok() ? 0 : 7));
          return status;
        });
  }
}

TEST_CASE("training in steps without a plan, without images, without data") {
  const RunContext nothing{serial_executor(), nullptr, 0};
  const BatchNormTrainingPlan never;
  const Words words = {"the plan is empty"};
  std::vector<Moments> moments(6, Moments{3, 4, 5});
  check_message(never.partial(nullptr, moments.data(), nothing), StatusCode::invalid_argument, words);
  check_message(never.finalise(moments.data(), {}), StatusCode::invalid_argument, words);
  check_message(never.apply(moments.data(), {}, nothing), StatusCode::invalid_argument, words);
  BatchNormTrainingDesc desc;
  desc.src = nchw({0, 6, 5, 7});
  const Result<BatchNormTrainingPlan> empty = BatchNormTrainingPlan::make(desc);
  REQUIRE_MESSAGE(empty.ok(), message_of(empty));
  check_message(empty->partial(nullptr, nullptr, nothing), StatusCode::invalid_argument, {"moments is null"});
  CHECK(empty->partial(nullptr, moments.data(), nothing).ok());
  for (const Moments& m : moments) CHECK((m.count == 0 && m.mean == 0 && m.m2 == 0));
  CHECK(empty->apply(moments.data(), {}, nothing).ok());
}

TEST_CASE("a chain names the tensors of its pools, and no others") {
  ChainDesc desc;
  desc.src = nchw({2, 6, 5, 7});
  desc.add(PoolOp::max, Window(2));
  const Result<ChainPlan> plan = ChainPlan::make(desc);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  CHECK(dims_of(plan->dst()) == std::vector<std::int64_t>{2, 6, 2, 3});
  for (int i : {-1, 1, max_chain_pools}) CHECK(plan->dst(i).rank == 0);
  for (int i : {-1, 0, 1}) CHECK(ChainPlan().dst(i).rank == 0);
}

TEST_CASE("without images no dim is too large") {
  const TensorDesc src = nchw({0, 38, most / 4});
  for (const LayerNormDesc& desc : {layer_norm(src), rms_norm(src)}) {
    const Result<LayerNormPlan> plan = LayerNormPlan::make(desc);
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(plan->run({}, {serial_executor(), nullptr, 0}).ok());
  }
}
