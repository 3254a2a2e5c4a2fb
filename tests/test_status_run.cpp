// What run() refuses before it writes, and empty tensors, which it accepts.
#include <algorithm>
#include <cstdint>

#include "support/check.hpp"
#include "support/executors.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr StatusCode code = StatusCode::invalid_argument;

}  // namespace

TEST_CASE("run() refuses null data and a small workspace") {
  const PoolDesc desc = pool_desc(PoolOp::average, nhwc({2, 19, 40, 41}), Window(9, 1, 4));
  const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, 1);
  for (const Executor& executor : {serial_executor(), reversed_executor()}) {
    for_each_isa([&](Isa isa) {
      Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      const Tensor src(desc.src, x), dst(plan->dst());
      std::vector<char> workspace(plan->workspace_bytes(executor));
      REQUIRE(!workspace.empty());
      const RunContext whole{executor, workspace.data(), workspace.size()};
      const RunContext missing{executor, nullptr, workspace.size()};
      const RunContext small{executor, workspace.data(), workspace.size() - 1};
      const std::string size = std::to_string(workspace.size() - 1);
      check_message(plan->run(nullptr, dst.data(), whole), code, {"src is null"});
      check_message(plan->run(src.data(), nullptr, whole), code, {"dst is null"});
      check_message(plan->run(src.data(), dst.data(), missing), code, {"workspace is null"});
      check_message(plan->run(src.data(), dst.data(), small), code, {"workspace_bytes is " + size});
      CHECK(dst.untouched());
      CHECK(plan->run(src.data(), dst.data(), whole).ok());
    });
  }
}

TEST_CASE("a workspace is used from its first whole line on") {
  const PoolDesc desc = pool_desc(PoolOp::average, nhwc({2, 19, 40, 41}), Window(9, 1, 4));
  const Tensor src(desc.src, make_values(dims_of(desc.src), Values::signed_uniform, 1));
  for_each_isa([&](Isa isa) {
    Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Tensor dst(plan->dst());
    const std::size_t bytes = plan->workspace_bytes(serial_executor());
    std::vector<char> memory(bytes + 128, 'x');
    for (std::size_t behind : {1, 8, 63}) {
      char* const line = memory.data() + (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64);
      REQUIRE(plan->run(src.data(), dst.data(), {serial_executor(), line + behind, bytes}).ok());
      CHECK(std::count(line, line + 64, 'x') == 64);
      CHECK(std::count(line + 64, line + bytes, 'x') < static_cast<std::ptrdiff_t>(bytes - 64));
    }
  });
}

TEST_CASE("run() of a norm refuses null data and a residual that does not fit the plan") {
  NormCase norm = norm_case(nchw({2, 3, 8, 9}));
  const Tensor src(norm.src, norm.x), dst(norm.src);
  Result<NormPlan> plain = NormPlan::make(norm.batch_norm());
  REQUIRE_MESSAGE(plain.ok(), message_of(plain));
  check_message(plain->run(nullptr, dst.data()), code, {"src is null"});
  check_message(plain->run(src.data(), nullptr), code, {"dst is null"});
  check_message(plain->run(src.data(), src.data(), dst.data()), code, {"residual"});
  add_residual(norm, norm.src);
  Result<NormPlan> adding = NormPlan::make(norm.batch_norm());
  REQUIRE_MESSAGE(adding.ok(), message_of(adding));
  check_message(adding->run(src.data(), dst.data()), code, {"residual"});
  CHECK(dst.untouched());
}

TEST_CASE("no images or no channels: success, nothing read or written") {
  using Dims = std::vector<std::int64_t>;
  for (Layout layout : layouts) {
    for (const Dims& dims : {Dims{0, 3, 8, 9}, Dims{2, 0, 8, 9}, Dims{0, 0, 8, 9}}) {
      const TensorDesc src = packed(layout, dims);
      INFO(text_of(src));
      for (const PoolDesc& desc : {pool_desc(PoolOp::max, src, Window(3)), global_desc(PoolOp::average, src),
                                   adaptive_desc(PoolOp::average, src, 2)}) {
        Result<PoolPlan> plan = PoolPlan::make(desc);
        REQUIRE_MESSAGE(plan.ok(), message_of(plan));
        CHECK(plan->workspace_bytes(serial_executor()) == 0);
        CHECK(plan->run(nullptr, nullptr, {serial_executor(), nullptr, 0}).ok());
        CHECK(plan->dst().elements() == 0);
        CHECK(pool(desc, nullptr, nullptr).ok());
      }
      const NormCase norm = norm_case(src);
      const Status status = batch_norm(norm.batch_norm(), nullptr, nullptr);
      CHECK_MESSAGE(status.ok(), message_of(status));
      CHECK(scale_shift(norm.scale_shift(), nullptr, nullptr).ok());
    }
  }
}

TEST_CASE("workspaces are of as many workers as can run") {
  const Result<PoolPlan> plan = PoolPlan::make(pool_desc(PoolOp::max, nhwc({1, 64, 56, 56}), Window(3, 2, 1)));
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const auto serially = [](void*, std::int64_t count, Task task, void* context) { task(context, 0, count, 0); };
  const std::size_t one = plan->workspace_bytes(serial_executor());
  CHECK(plan->workspace_bytes({7, nullptr, nullptr}) == one);
  for (int workers : {-1, 0, 1}) CHECK(plan->workspace_bytes({workers, serially, nullptr}) == one);
  const std::size_t two = plan->workspace_bytes({2, serially, nullptr});
  CHECK(two > one);
  CHECK(plan->workspace_bytes({7, serially, nullptr}) == one + 6 * (two - one));
}
