// explain(): one line into the caller's buffer, cut to its size, never beyond.
#include "support/doctest.hpp"

#include <cmath>
#include <cstring>

#include "support/check.hpp"
#include "support/guarded_buffer.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

template <class Plan>
void check_explain(const Plan& plan) {
  const std::string whole = explain(plan);
  CHECK(!whole.empty());
  CHECK(!contains(whole, "\n"));
  for (std::size_t size = 0; size <= whole.size() + 1; ++size) {
    // The buffer ends where its page does.
    GuardedBuffer buffer(static_cast<std::int64_t>((size + 3) / sizeof(float)) + 1);
    char* const text = reinterpret_cast<char*>(buffer.data() + buffer.size()) - size;
    CHECK(plan.explain(text, size) == whole.size());
    if (size > 0) CHECK(std::string(text) == whole.substr(0, size - 1));
  }
}

}  // namespace

TEST_CASE("explain() writes what fits") {
  for_each_isa([](Isa isa) {
    for (Layout layout : layouts) {
      const PlanOptions options{isa, StorePolicy::streaming};
      const TensorDesc src = packed(layout, {2, 19, 9, 10});
      Result<PoolPlan> pool = PoolPlan::make(pool_desc(PoolOp::average, src, Window(3, 2, 1)), options);
      REQUIRE_MESSAGE(pool.ok(), message_of(pool));
      check_explain(*pool);
      MaxIndicesDesc indices;
      indices.pool = pool_desc(PoolOp::max, src, Window(3, 2, 1));
      check_explain(MaxIndicesPlan::make(indices, options).value);
      check_explain(MaxUnpoolPlan::make(indices, options).value);
      check_explain(MaxPoolBackwardPlan::make(indices, options).value);
      check_explain(AveragePoolBackwardPlan::make(pool_desc(PoolOp::average, src, Window(2)), options).value);
      check_explain(LpPoolBackwardPlan::make(pool_desc(PoolOp::lp, src, Window(2)), options).value);
      const NormCase norm = norm_case(src);
      Result<NormPlan> plan = NormPlan::make(norm.batch_norm(), options);
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      check_explain(*plan);
      ChainDesc chain;
      chain.src = src;
      for (PoolOp op : {PoolOp::max, PoolOp::min, PoolOp::average, PoolOp::lp}) chain.add(op, Window(2));
      Result<ChainPlan> chain_plan = ChainPlan::make(chain, options);
      REQUIRE_MESSAGE(chain_plan.ok(), message_of(chain_plan));
      check_explain(*chain_plan);
      for (const char* part : {" pools=max:", ",min:", ",average:"}) CHECK(contains(explain(*chain_plan), part));
      TrainingChainDesc training;
      training.norm.src = src;
      training.pool.window = Window(2);
      training.with_indices = true;
      const Result<TrainingChainPlan> training_plan = TrainingChainPlan::make(training, options);
      REQUIRE_MESSAGE(training_plan.ok(), message_of(training_plan));
      check_explain(training_plan.value);
      TrainingChainBackwardDesc backward;
      backward.norm.src = src;
      backward.pool.window = Window(2);
      backward.with_indices = true;
      const Result<TrainingChainBackwardPlan> backward_plan = TrainingChainBackwardPlan::make(backward, options);
      REQUIRE_MESSAGE(backward_plan.ok(), message_of(backward_plan));
      check_explain(backward_plan.value);
      backward.with_indices = false;
      backward.pool.op = PoolOp::lp;
      CHECK(contains(explain(TrainingChainBackwardPlan::make(backward, options).value), "pool=lp2:spread"));
    }
  });
}

TEST_CASE("explain() says what sums are made in") {
  struct Accumulators {
    ElementType type;
    const char *max, *short_sum, *long_sum;
  };
  for (const Accumulators& a : {Accumulators{ElementType::f32, "f32", "f32", "f64"},
                                {ElementType::f16, "s16", "f32", "f64"},
                                {ElementType::bf16, "s16", "f32", "f64"},
                                {ElementType::f64, "f64", "f64", "f64"},
                                {ElementType::s8, "s8", "s32", "f64"},
                                {ElementType::u8, "u8", "s32", "f64"}}) {
    INFO(std::string(name(a.type)));
    TensorDesc src = nchw({1, 3, 100, 100});
    src.type = a.type;
    const auto explained = [&](PoolOp op, double p, std::int64_t kernel, const char* accumulator) {
      PoolDesc desc = pool_desc(op, src, Window(kernel));
      desc.p = p;
      Result<PoolPlan> plan = PoolPlan::make(desc);
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      CHECK_MESSAGE(contains(explain(*plan), std::string(" accumulate=") + accumulator + ' '), explain(*plan));
    };
    explained(PoolOp::max, 2, 3, a.max);
    explained(PoolOp::min, 2, 3, a.max);
    explained(PoolOp::average, 2, 3, a.short_sum);
    explained(PoolOp::average, 2, 100, a.long_sum);
    if (a.type == ElementType::s8 || a.type == ElementType::u8) continue;
    for (double p : {1.0, 2.0}) {
      explained(PoolOp::lp, p, 3, a.short_sum);
      explained(PoolOp::lp, p, 100, a.long_sum);
    }
    explained(PoolOp::lp, INFINITY, 3, a.type == ElementType::f32 ? "s32" : a.max);
  }
}

// A stage that a table lacks is not missed: another one does its work.
TEST_CASE("explain() names the stages that shapes are for") {
  struct Stages {
    Layout layout;
    std::vector<std::int64_t> dims;
    PoolOp op;
    Window window;
    const char* name;
  };
  for_each_isa([](Isa isa) {
    if (isa == Isa::portable || isa == Isa::sse2) return;
    for (const Stages& s : {Stages{Layout::nhwc, {1, 64, 16, 16}, PoolOp::max, Window(2), "direct"},
                            {Layout::nhwc, {1, 64, 16, 16}, PoolOp::average, Window(3, 1, 1), "rolling"},
                            {Layout::nhwc, {1, 17, 16, 16}, PoolOp::max, Window(3, 2, 1), "rolling"},
                            {Layout::nhwc, {1, 96, 16, 16}, PoolOp::max, Window(5, 2, 2), "rolling"},
                            {Layout::nhwc, {1, 64, 16, 16}, PoolOp::max, Window(5, 2, 2), "columns+group"},
                            {Layout::nhwc, {1, 17, 16, 16}, PoolOp::max, Window(5, 1, 2), "columns+run"},
                            {Layout::nhwc, {1, 17, 20, 20}, PoolOp::max, Window(20), "alone"},
                            {Layout::nhwc, {1, 512, 7, 7}, PoolOp::average, Window(7), "alone"},
                            {Layout::nhwc, {1, 1024, 9, 9}, PoolOp::average, Window(9), "alone"},
                            {Layout::nhwc, {1, 64, 16, 16}, PoolOp::max, Window(4, 2, 1), "columns+group"},
                            {Layout::nhwc, {1, 64, 20, 20}, PoolOp::max, Window(13, 1, 6), "sliding+sliding"},
                            {Layout::nhwc, {1, 64, 20, 20}, PoolOp::min, Window({1, 13}, 1, {0, 6}), "columns+sliding"},
                            {Layout::nchw, {1, 8, 16, 16}, PoolOp::max, Window(2), "narrow"},
                            {Layout::nchw, {1, 8, 16, 16}, PoolOp::average, Window(16), "global"},
                            {Layout::nchw, {1, 8, 16, 16}, PoolOp::average, Window(4, 1), "columns+run"},
                            {Layout::nchw, {1, 8, 90, 90}, PoolOp::max, Window(13, 1), "sliding+run"},
                            {Layout::nchw, {1, 8, 16, 16}, PoolOp::average, Window(4, 2), "columns+pairs"},
                            {Layout::nchw, {1, 8, 16, 256}, PoolOp::average, Window({2, 64}), "columns+long"},
                            {Layout::nchw, {1, 8, 16, 16}, PoolOp::max, Window(5, 3), "columns+tile"}}) {
      Result<PoolPlan> plan = PoolPlan::make(pool_desc(s.op, packed(s.layout, s.dims), s.window), {isa, StorePolicy::automatic});
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      CHECK_MESSAGE(contains(explain(*plan), std::string(" stages=") + s.name + ' '), explain(*plan));
    }
    for (Layout layout : layouts) {
      Result<NormPlan> norm = NormPlan::make(norm_case(packed(layout, {2, 64, 16, 16})).batch_norm(), {isa, StorePolicy::streaming});
      REQUIRE_MESSAGE(norm.ok(), message_of(norm));
      CHECK_MESSAGE(contains(explain(*norm), "store=streaming"), explain(*norm));
    }
  });
}

TEST_CASE("explain() of an empty plan and of an empty tensor") {
  check_explain(PoolPlan());
  check_explain(NormPlan());
  for_each_isa([](Isa isa) {
    Result<PoolPlan> pool =
        PoolPlan::make(pool_desc(PoolOp::max, nchw({0, 3, 9, 10}), Window(3)), {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(pool.ok(), message_of(pool));
    check_explain(*pool);
    CHECK(runs_on(*pool, isa));
  });
}
