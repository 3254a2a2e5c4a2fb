// Chains of f16, bf16 and f64, and of s8 and u8 without maps, against the operations one by one.
#include "support/doctest.hpp"

#include <memory>

#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/refusal.hpp"
#include "support/tensor.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Form = AffineValues::Form;

ChainCase chain_case(const NormCase& norm) {
  ChainCase c;
  c.shapes.src = norm.src;
  c.x = norm.x;
  c.before.form = Form::batch_norm;
  for (int i = 0; i < 4; ++i) c.before.values[i] = norm.parameters[i];
  return c;
}

// f64 through the plan, on every ISA. The separate plans have tests of their own.
void check_wide_chain(const NormCase& norm, const ChainDesc& desc, bool writes) {
  const BatchNormDesc separate = norm.batch_norm();
  const Dense64* const residual = norm.residual.rank == 0 ? nullptr : &norm.wide_r;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense64 t = run_norm(separate, norm.wide_x, residual, how);
    Result<ChainPlan> plan = ChainPlan::make(desc, how.options());
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    Tensor x(desc.src), r(desc.src);
    x.write(norm.wide_x);
    if (residual != nullptr) r.write(*residual);
    const Tensor kept(desc.src);
    std::vector<std::unique_ptr<Tensor>> y;
    ChainData data;
    data.src = x.bytes();
    if (residual != nullptr) data.residual = r.bytes();
    if (writes) data.intermediate = kept.bytes();
    for (int i = 0; i < desc.pool_count; ++i) {
      y.push_back(std::make_unique<Tensor>(plan->dst(i)));
      data.dst[i] = y.back()->bytes();
    }
    const Workspace workspace(*plan, how.executor);
    const Status status = plan->run(data, workspace.context());
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    if (writes) CHECK(difference(kept.read64(), t) == "");
    std::vector<Dense64> expected;
    for (int i = 0; i < desc.pool_count; ++i) {
      const ChainPool& stage = desc.pools[i];
      PoolDesc pool = stage.pool;
      pool.src = stage.of < 0 ? desc.src : plan->dst(stage.of);
      Dense64 z = run_pool(pool, stage.of < 0 ? t : expected[static_cast<std::size_t>(stage.of)], how);
      if (stage.after.given()) {
        ScaleShiftDesc after;
        after.src = plan->dst(i);
        after.scale = stage.after.scale;
        after.shift = stage.after.shift;
        after.activation = stage.activation;
        z = run_norm(after, z, nullptr, how);
      }
      const Tensor& got = *y[static_cast<std::size_t>(i)];
      CHECK(difference(got.read64(), z) == "");
      expected.push_back(std::move(z));
    }
  });
}

}  // namespace

TEST_CASE("chains of f16 and bf16: stem, residual, cascade, head, what follows a pool") {
  for (const ElementType type : {ElementType::f16, ElementType::bf16}) {
    for (const Layout layout : layouts) {
      std::uint64_t seed = 1;
      for (const std::vector<std::int64_t>& dims :
           {std::vector<std::int64_t>{2, 5, 31, 29}, {1, 40, 67, 61}, {1, 20, 9, 30, 31}, {2, 3, 131}}) {
        for (const PoolOp op : pool_ops) {
          const Activation activations[] = {relu(), clamp(-0.5f, 1), leaky_relu(0.1f), hard_swish()};
          ChainCase c = chain_case(norm_case(packed(layout, dims), static_cast<Values>(seed % 6), seed));
          c.shapes.activation = activations[seed++ % 4];
          c.shapes.add(op, Window(3, 2, 1));
          c.shapes.add(PoolOp::max, Window(5, 1, 2)).of = 0;
          c.shapes.add_global(PoolOp::average);
          c.after[2].form = Form::scale_shift;
          c.after[2].values[0] = c.before.values[3];
          c.shapes.pools[2].activation = hard_sigmoid();
          c.set_type(type);
          check_chain(c);
          c.shapes.intermediate = c.shapes.src;
          check_chain(c);
          check_chain(c, {}, Alias::src);
          c.shapes.residual = c.shapes.src;
          c.r = c.x;
          check_chain(c, {}, Alias::residual);
        }
      }
    }
  }
}

TEST_CASE("chains of s8 and u8 pool without maps") {
  for (const ElementType type : {ElementType::s8, ElementType::u8}) {
    for (const Layout layout : layouts) {
      for (const Values kind : {Values::signed_uniform, Values::special}) {
        ChainCase c;
        c.shapes.src = packed(layout, {2, 19, 37, 41});
        c.shapes.src.type = c.shapes.intermediate_type = type;
        Random random(3);
        c.x = make_values(c.shapes.src, kind, random);
        c.shapes.add(PoolOp::max, Window(5, 1, 2));
        c.shapes.add(PoolOp::max, Window(5, 1, 2)).of = 0;
        c.shapes.add(PoolOp::average, Window(3, 2, 1));
        c.shapes.add_adaptive(PoolOp::min, {3, 4});
        check_chain(c);
        c.shapes.intermediate = c.shapes.src;
        check_chain(c);
      }
    }
  }
}

TEST_CASE("chains of f64 have the bits of the calls one by one") {
  for (const Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 5, 31, 29}, {1, 40, 67, 61}, {1, 20, 9, 30, 31}}) {
      for (const Activation& activation : {Activation{}, relu(), leaky_relu(0.1f), hard_swish()}) {
        for (const bool adds : {false, true}) {
          NormCase norm = norm_case(packed(layout, dims), Values::special);
          norm.activation = activation;
          if (adds) add_residual(norm, norm.src);
          norm.set_type(ElementType::f64);
          INFO(norm.text());
          const BatchNormDesc batch = norm.batch_norm();
          ChainDesc desc;
          desc.src = norm.src;
          desc.residual = norm.residual;
          desc.intermediate_type = ElementType::f64;
          desc.before = Affine::batch_norm(batch.mean, batch.variance, batch.gamma, batch.beta, batch.epsilon);
          desc.activation = activation;
          desc.add(PoolOp::max, Window(3, 2, 1));
          check_wide_chain(norm, desc, false);
          desc.add(PoolOp::average, Window(3, 1, 1));
          desc.add_global(PoolOp::min);
          check_wide_chain(norm, desc, false);
          // Numbers that f32 does not hold, and a pool of what they made.
          const std::vector<double> scale(static_cast<std::size_t>(dims[1]), 1 + 0x1p-40), shift(scale.size(), -0x1p-45);
          desc.pools[1].after = Affine::scale_shift(scale, shift);
          desc.pools[1].activation = leaky_relu(0.3f);
          desc.add(PoolOp::max, Window(2, 1)).of = 1;
          check_wide_chain(norm, desc, false);
          desc.intermediate = desc.src;
          check_wide_chain(norm, desc, true);
        }
      }
    }
  }
}

TEST_CASE("data of a chain that points at another type is refused") {
  ChainDesc desc;
  desc.src = nchw({1, 2, 4}, ElementType::f64);
  desc.intermediate_type = ElementType::f64;
  desc.add(PoolOp::max, Window(2));
  Result<ChainPlan> plan = ChainPlan::make(desc);
  REQUIRE(plan.ok());
  const Workspace workspace(*plan, serial_executor());
  const double x[8] = {};
  double y[4] = {};
  float z[8] = {};
  CHECK(plan->run(x, y, workspace.context()).ok());
  check_message(plan->run(z, y, workspace.context()), StatusCode::invalid_argument,
                {"src points at f32, the plan's src holds f64"});
  check_message(plan->run(x, z, workspace.context()), StatusCode::invalid_argument,
                {"dst[0] points at f32, the plan's dst[0] holds f64"});
}
