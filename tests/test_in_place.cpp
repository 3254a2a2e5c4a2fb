// dst may be src or residual itself; a partial overlap is refused before anything is written.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

TensorDesc with_gaps(Layout layout) {
  return layout == Layout::nchw ? padded_rows(nchw({2, 5, 3, 19}), 23) : channel_slice(nhwc({2, 25, 3, 5}), 19);
}

void check_refused(const Status& status, const Tensor& memory, const Dense& before) {
  CHECK(status.code == StatusCode::invalid_argument);
  CHECK_MESSAGE(contains(message_of(status), "overlap"), message_of(status));
  CHECK(difference(memory.read(), before) == "");
}

}  // namespace

TEST_CASE("norms in place") {
  for (Layout layout : layouts) {
    for (bool explicit_form : {false, true}) {
      for (const TensorDesc& src :
           {packed(layout, {2, 19, 3, 5}), with_gaps(layout), packed(layout, {1, 64, 40, 40})}) {
        NormCase norm = norm_case(src);
        norm.explicit_form = explicit_form;
        norm.activation = hard_swish();
        check_norm(norm, {}, Alias::src);
        add_residual(norm, src);
        check_norm(norm, {}, Alias::src);
        check_norm(norm, {}, Alias::residual);
      }
    }
  }
}

// Pixels joined to runs leave some over, behind the last task.
TEST_CASE("norms in place, shared out by any executor") {
  const NormCase norm = norm_case(nhwc({1, 3, 301, 301}));
  for_each_isa([&](Isa isa) {
    for (const NamedExecutor& named : host_executors()) {
      INFO(named.name);
      How how;
      how.isa = isa;
      how.executor = named.executor;
      CHECK(difference(norm.run(how, Alias::src), norm.expected()) == "");
    }
  });
}

TEST_CASE("a norm whose dst overlaps src in part is refused") {
  for (Layout layout : layouts) {
    const NormCase norm = norm_case(packed(layout, {2, 5, 3, 7}));
    Result<NormPlan> plan = NormPlan::make(norm.batch_norm());
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Dense before = make_values({2 * norm.src.elements()}, Values::signed_uniform, 3);
    const Tensor memory(nchw(Dims(before.dims.data(), 1)), before);
    for (std::int64_t shift : {std::int64_t{1}, std::int64_t{7}, norm.src.elements() - 1}) {
      check_refused(plan->run(memory.data(), memory.data() + shift), memory, before);
      check_refused(plan->run(memory.data() + shift, memory.data()), memory, before);
    }
    CHECK(plan->run(memory.data(), memory.data() + norm.src.elements()).ok());
  }
}

TEST_CASE("a residual that overlaps dst in part is refused") {
  NormCase norm = norm_case(nchw({2, 5, 3, 7}));
  add_residual(norm, norm.src);
  Result<NormPlan> plan = NormPlan::make(norm.batch_norm());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const std::int64_t size = norm.src.elements();
  const Dense before = make_values({4 * size}, Values::signed_uniform, 3);
  const Tensor memory(nchw(Dims(before.dims.data(), 1)), before);
  float* const p = memory.data();
  check_refused(plan->run(p, p + 2 * size - 1, p + size), memory, before);
  CHECK(plan->run(p, p + size, p + 2 * size).ok());
}

TEST_CASE("in place with other strides is refused") {
  NormCase norm = norm_case(nchw({2, 5, 3, 7}));
  norm.dst = padded_rows(norm.src, 9);
  Result<NormPlan> plan = NormPlan::make(norm.batch_norm());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const Dense before = make_values(dims_of(norm.dst), Values::signed_uniform, 3);
  const Tensor memory(norm.dst, before);
  check_refused(plan->run(memory.data(), memory.data()), memory, before);
}

TEST_CASE("a pool never works in place") {
  for (const Window& window : {Window(1), Window(3, 1, 1)}) {
    const PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 2, 5, 6}), window);
    Result<PoolPlan> plan = PoolPlan::make(desc);
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Dense before = make_values({2 * 60}, Values::signed_uniform, 3);
    const Tensor memory(nchw(Dims(before.dims.data(), 1)), before);
    std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
    const RunContext context{serial_executor(), workspace.data(), workspace.size()};
    check_refused(plan->run(memory.data(), memory.data(), context), memory, before);
    check_refused(plan->run(memory.data(), memory.data() + 59, context), memory, before);
    check_refused(plan->run(memory.data() + 1, memory.data(), context), memory, before);
    CHECK(plan->run(memory.data(), memory.data() + 60, context).ok());
  }
}
