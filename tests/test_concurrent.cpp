// One plan, run by several threads at once, each with its own workspace and data.
#include "support/doctest.hpp"

#include <algorithm>
#include <latch>
#include <thread>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/ready.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr int threads = 4, repeats = 25;

// run(x, y) is called from several threads; expected(x) once for each.
template <class Run, class Expected>
void check_concurrent(const std::vector<std::int64_t>& dims, Run run, Expected expected) {
  std::vector<std::thread> running;
  std::vector<int> wrong(threads, -1);
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      const Dense x = make_values(dims, Values::signed_uniform, static_cast<std::uint64_t>(t));
      const Dense y = expected(x);
      int differing = 0;
      for (int i = 0; i < repeats; ++i) {
        Dense got(y.dims);
        const bool ok = run(x.values.data(), got.values.data());
        differing += !ok || difference(got, y) != "";
      }
      wrong[static_cast<std::size_t>(t)] = differing;
    });
  }
  for (std::thread& t : running) t.join();
  for (int w : wrong) CHECK(w == 0);
}

// Copies with inputs of their own, all at once, against one after the other.
void check_copies(const Ready& ready) {
  INFO(ready.what);
  std::vector<Ready> copies(threads, ready);
  std::vector<std::vector<float>> expected;
  for (int t = 0; t < threads; ++t) {
    Ready& r = copies[static_cast<std::size_t>(t)];
    std::rotate(r.x.begin(), r.x.begin() + t, r.x.end());
    REQUIRE(r.run());
    expected.push_back(r.y);
  }
  std::vector<int> wrong(threads);
  std::latch together(threads);
  std::vector<std::thread> running;
  for (std::size_t t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      Ready& r = copies[t];
      together.arrive_and_wait();
      for (int i = 0; i < 2; ++i) {
        std::fill(r.y.begin(), r.y.end(), 0.0f);
        wrong[t] += !r.run() || !r.gave(expected[t]);
      }
    });
  }
  for (std::thread& t : running) t.join();
  for (int w : wrong) CHECK(w == 0);
}

}  // namespace

TEST_CASE("a pool plan from several threads") {
  for (PoolOp op : pool_ops) {
    PoolDesc desc = pool_desc(op, nchw({1, 6, 80, 90}), Window(3, 2, 1));
    for_each_isa([&](Isa isa) {
      Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      for (const Executor& executor : {serial_executor(), default_executor(), shared_pool(3).executor()}) {
        check_concurrent(
            dims_of(desc.src),
            [&](const float* x, float* y) {
              std::vector<char> workspace(plan->workspace_bytes(executor));
              return plan->run(x, y, {executor, workspace.data(), workspace.size()}).ok();
            },
            [&](const Dense& x) { return reference::pool(desc, x); });
      }
    });
  }
}

TEST_CASE("a norm plan from several threads") {
  NormCase norm = norm_case(nchw({2, 33, 20, 30}));
  norm.activation = relu();
  for_each_isa([&](Isa isa) {
    Result<NormPlan> plan = NormPlan::make(norm.batch_norm(), {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    for (const Executor& executor : {serial_executor(), default_executor(), shared_pool(3).executor()}) {
      check_concurrent(
          dims_of(norm.src),
          [&](const float* x, float* y) {
            return plan->run(x, y, {executor, nullptr, 0}).ok();
          },
          [&](const Dense& x) {
            NormCase one = norm;
            one.x = x;
            return one.expected();
          });
    }
  });
}

TEST_CASE("every kind of plan from several threads") {
  for (const Executor& executor : {serial_executor(), openmp_executor(2), shared_pool(3).executor()}) {
    for_each_ready(executor, Values::signed_uniform, check_copies);
  }
}
