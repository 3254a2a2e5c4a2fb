// The one-line calls do what a plan does.
#include "support/doctest.hpp"

#include <algorithm>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"
#include "support/scoped_environment.hpp"
#include "support/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

template <class Call>
void check_call(const PoolDesc& desc, Call call) {
  const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, 8);
  const Dense expected = reference::pool(desc, x);
  const Result<TensorDesc> planned = pool_output(desc);
  REQUIRE_MESSAGE(planned.ok(), message_of(planned));
  for_each_isa([&](Isa isa) {
    const ScopedEnvironment best("POOLNORM_ISA", name(isa));
    const Tensor src(desc.src, x);
    for (bool typed : {true, false}) {
      const Tensor dst(planned.value);
      const Status status = typed ? call(src.data(), dst.data())
                                  : call(static_cast<const void*>(src.data()), static_cast<void*>(dst.data()));
      CHECK_MESSAGE(status.ok(), message_of(status));
      CHECK(difference(dst.read(), expected) == "");
      CHECK(dst.gaps_untouched());
    }
  });
}

// Calls of f32, whose pointers are of that type alone.
void check_pointers(Status (*call)(const float*, const TensorDesc&, float*)) {
  const float x[16] = {};
  float y[16] = {7, 7, 7, 7};
  TensorDesc t = nchw({1, 1, 4, 4});
  CHECK(message_of(call(nullptr, t, y)) == "src is null");
  CHECK(message_of(call(x, t, nullptr)) == "dst is null");
  for (ElementType type : {ElementType::f16, ElementType::bf16, ElementType::f64, ElementType::s8, ElementType::u8}) {
    t.type = type;
    const Status status = call(x, t, y);
    CHECK(status.code == StatusCode::invalid_argument);
    CHECK(message_of(status) == "src points at f32, the plan's src holds " + std::string(name(type)));
  }
  CHECK(std::all_of(y, y + 4, [](float e) { return e == 7; }));
}

}  // namespace

TEST_CASE("the poolings by name") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{2, 5, 11, 13}, {1, 64, 60, 60}}) {
      const TensorDesc t = packed(layout, dims);
      const Window w(3, 2, 1);
      check_call(pool_desc(PoolOp::max, t, w), [&](auto x, auto y) { return max_pool(x, t, y, w); });
      check_call(pool_desc(PoolOp::min, t, w), [&](auto x, auto y) { return min_pool(x, t, y, w); });
      check_call(pool_desc(PoolOp::average, t, w), [&](auto x, auto y) { return average_pool(x, t, y, w); });
      PoolDesc valid = pool_desc(PoolOp::average, t, w);
      valid.divisor = Divisor::valid;
      check_call(valid, [&](auto x, auto y) { return average_pool(x, t, y, w, Divisor::valid); });
      check_call(valid, [&](auto x, auto y) { return pool(valid, x, y); });
      check_call(adaptive_desc(PoolOp::max, t, {4, 3}), [&](auto x, auto y) {
        return adaptive_max_pool(x, t, y, {4, 3});
      });
      check_call(adaptive_desc(PoolOp::average, t, 7),
                 [&](auto x, auto y) { return adaptive_average_pool(x, t, y, 7); });
      PoolDesc lp = pool_desc(PoolOp::lp, t, w);
      check_call(lp, [&](auto x, auto y) { return lp_pool(x, t, y, w); });
      lp.p = 1;
      check_call(lp, [&](auto x, auto y) { return lp_pool(x, t, y, w, 1); });
      check_call(global_desc(PoolOp::lp, t), [&](auto x, auto y) { return global_lp_pool(x, t, y); });
      check_call(global_desc(PoolOp::max, t), [&](auto x, auto y) { return global_max_pool(x, t, y); });
      check_call(global_desc(PoolOp::average, t), [&](auto x, auto y) { return global_average_pool(x, t, y); });
    }
  }
}

TEST_CASE("the poolings of f32 by name refuse other tensors") {
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return max_pool(x, t, y, Window(2)); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return min_pool(x, t, y, Window(2)); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return average_pool(x, t, y, Window(2)); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return lp_pool(x, t, y, Window(2)); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return adaptive_max_pool(x, t, y, 2); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return adaptive_average_pool(x, t, y, 2); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return global_max_pool(x, t, y); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return global_average_pool(x, t, y); });
  check_pointers([](const float* x, const TensorDesc& t, float* y) { return global_lp_pool(x, t, y); });
}

TEST_CASE("norms in one call") {
  for (Layout layout : layouts) {
    for (bool with_residual : {false, true}) {
      NormCase norm = norm_case(packed(layout, {2, 19, 20, 21}));
      norm.activation = hard_sigmoid();
      if (with_residual) add_residual(norm, norm.src);
      for (bool explicit_form : {false, true}) {
        norm.explicit_form = explicit_form;
        const Tensor src(norm.src, norm.x), residual(norm.src, with_residual ? norm.r : norm.x);
        const float* const r_data = with_residual ? residual.data() : nullptr;
        for_each_isa([&](Isa isa) {
          const ScopedEnvironment best("POOLNORM_ISA", name(isa));
          const Tensor dst(norm.src);
          const Status status = explicit_form ? scale_shift(norm.scale_shift(), src.data(), dst.data(), r_data)
                                              : batch_norm(norm.batch_norm(), src.data(), dst.data(), r_data);
          CHECK_MESSAGE(status.ok(), message_of(status));
          CHECK(difference(dst.read(), norm.expected()) == "");
        });
      }
    }
  }
}

TEST_CASE("a moved plan runs as before") {
  const PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 4, 4}), Window(2));
  Result<PoolPlan> made = PoolPlan::make(desc);
  REQUIRE_MESSAGE(made.ok(), message_of(made));
  PoolPlan moved = std::move(made.value), assigned;
  assigned = std::move(moved);
  std::vector<float> x(16, 1), y(4, 0);
  std::vector<char> workspace(assigned.workspace_bytes(serial_executor()));
  const RunContext context{serial_executor(), workspace.data(), workspace.size()};
  CHECK(assigned.run(x.data(), y.data(), context).ok());
  CHECK(y == std::vector<float>(4, 1));
  CHECK(PoolPlan().dst().rank == 0);
}
