// Chains of f16, bf16 and f64, and of s8 and u8 without maps, against the operations one by one.
#include "support/doctest.hpp"


#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/refusal.hpp"
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

TEST_CASE("chains of f64 have the bits of the operations one by one") {
  for (const Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 5, 31, 29}, {1, 40, 67, 61}, {1, 20, 9, 30, 31}}) {
      for (const Activation& activation : {Activation{}, relu(), leaky_relu(0.1f), hard_swish()}) {
        for (const bool adds : {false, true}) {
          ChainCase c = chain_case(norm_case(packed(layout, dims), Values::special));
          c.shapes.activation = activation;
          if (adds) c.shapes.residual = c.shapes.src;
          if (adds) c.r = c.x;
          const auto check = [&c] {
            Random random(5);
            check_chain(finer(c, random));
          };
          c.shapes.add(PoolOp::max, Window(3, 2, 1));
          check();
          c.shapes.add(PoolOp::average, Window(3, 1, 1));
          c.shapes.add_global(PoolOp::min);
          check();
          c.after[1].form = Form::scale_shift;
          c.after[1].values[0].assign(static_cast<std::size_t>(dims[1]), 1.0f);
          c.after[1].values[1].assign(static_cast<std::size_t>(dims[1]), -0x1p-45f);
          c.shapes.pools[1].activation = leaky_relu(0.3f);
          c.shapes.add(PoolOp::max, Window(2, 1)).of = 1;
          check();
          c.shapes.intermediate = c.shapes.src;
          check();
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
