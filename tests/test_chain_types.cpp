// Chains of f16, bf16, f64, s8 and u8 against the operations one by one; those of s8 and u8 by hand, too.
#include "support/doctest.hpp"

#include <cmath>

#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"
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

std::string explained(const ChainCase& c) {
  const Result<ChainPlan> plan = ChainPlan::make(c.desc());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  char line[400];
  plan->explain(line, sizeof line);
  return line;
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

TEST_CASE("a chain of s8 and u8 by hand: every stage has its quantisation") {
  const std::vector<float> two = {2}, one = {1}, minus = {-1};
  ChainCase c;
  ChainDesc& d = c.shapes;
  d.src = nchw({1, 1, 4}, ElementType::u8);
  d.residual = nchw({1, 1, 4}, ElementType::u8);
  d.intermediate = nchw({1, 1, 4}, ElementType::s8);
  d.intermediate_type = ElementType::s8;
  d.src_quantization = {0.5f, 10};
  d.residual_quantization = {2, 100};
  d.intermediate_quantization = {0.5f, -3};
  d.before = Affine::scale_shift(two, minus);
  d.activation = relu();
  PoolDesc& max = d.add(PoolOp::max, Window(2, 2)).pool;
  max.src_quantization = max.dst_quantization = {0.5f, -3};
  d.pools[0].after = Affine::scale_shift(one, one);
  d.pools[0].after_quantization = {0.25f, -20};
  PoolDesc& average = d.add(PoolOp::average, Window(2, 2)).pool;
  average.src_quantization = {0.5f, -3};
  average.dst_quantization = {0.25f, 0};
  PoolDesc& least = d.add(PoolOp::min, Window(2, 1)).pool;
  least.src_quantization = least.dst_quantization = {0.25f, -20};
  d.pools[2].of = 0;
  // 0 1 2 3 become -1 1 3 5, with -2 0 2 -4 beside them -3 1 5 1, of which 0 1 5 1 are left. Maxima 1 5, 2 6 behind
  // them, 2 the least of these; averages 0.5 3.
  const Dense x({1, 1, 4}, {10, 12, 14, 16}), r({1, 1, 4}, {99, 100, 101, 98});
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const ChainOutputsOf<float> got = run_chain<float>(d, x, &r, how, Alias::none);
    CHECK(difference(got.intermediate, Dense({1, 1, 4}, {-3, -1, 7, -1})) == "");
    CHECK(difference(got.dst[0], Dense({1, 1, 2}, {-12, 4})) == "");
    CHECK(difference(got.dst[1], Dense({1, 1, 2}, {2, 12})) == "");
    CHECK(difference(got.dst[2], Dense({1, 1, 1}, {-12})) == "");

    // 0.5 in steps of 1.
    ChainDesc half = d;
    half.pool_count = 1;
    half.residual = {};
    half.before = Affine::scale_shift(one);
    half.intermediate_quantization = half.pools[0].pool.src_quantization = half.pools[0].pool.dst_quantization = {1, 0};
    const Dense y({1, 1, 4}, {10, 11, 13, 16});
    CHECK(difference(run_chain<float>(half, y, nullptr, how, Alias::none).intermediate, Dense({1, 1, 4}, {0, 0, 2, 3})) == "");
    half.rounding = Rounding::half_away_from_zero;
    CHECK(difference(run_chain<float>(half, y, nullptr, how, Alias::none).intermediate, Dense({1, 1, 4}, {0, 1, 2, 3})) == "");
  });
}

TEST_CASE("chains of s8 and u8: norms, residuals, activations, pools, and what follows them") {
  Random random(7);
  for (const Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 5, 31, 29}, {1, 40, 67, 61}, {1, 20, 9, 30, 31}, {2, 3, 131}, {3, 67, 14, 14}}) {
      for (const Activation& activation : {Activation{}, relu(), clamp(-0.5f, 1), leaky_relu(0.1f), hard_swish(), hard_sigmoid()}) {
        ChainCase c = chain_case(norm_case(packed(layout, dims), Values::signed_uniform));
        c.shapes.activation = activation;
        c.shapes.add(PoolOp::max, Window(3, 2, 1));
        c.shapes.add(PoolOp::max, Window(5, 1, 2)).of = 0;
        c.shapes.add(PoolOp::average, Window(2));
        c.shapes.add_global(PoolOp::average);
        c.after[2].form = Form::scale_shift;
        c.after[2].values[0] = c.before.values[3];
        c.shapes.pools[3].activation = hard_sigmoid();
        const auto check = [&] { check_chain(quantized(c, Values::signed_uniform, random)); };
        check();
        c.shapes.intermediate = c.shapes.src;
        check();
        c.shapes.residual = c.shapes.src;
        check();
        ChainCase in_place = quantized(c, Values::signed_uniform, random);
        const ElementType t = in_place.shapes.intermediate_type;
        for (TensorDesc* tensor : {&in_place.shapes.src, &in_place.shapes.residual}) tensor->type = t;
        in_place.shapes.src_quantization = in_place.shapes.residual_quantization = {0.3f, 5};
        in_place.x = make_values(in_place.shapes.src, Values::signed_uniform, random);
        in_place.r = make_values(in_place.shapes.src, Values::signed_uniform, random);
        check_chain(in_place, {}, Alias::src);
        check_chain(in_place, {}, Alias::residual);
      }
    }
  }
}

TEST_CASE("chains of s8 and u8: a norm may follow maxima and minima, whatever its sign and activation") {
  Random random(9);
  for (const Layout layout : layouts) {
    for (const ElementType type : {ElementType::s8, ElementType::u8}) {
      for (const float sign : {1.0f, -1.0f}) {
        for (const Activation& activation : {Activation{}, relu(), clamp(-0.5f, 1), leaky_relu(0.1f), leaky_relu(3), hard_sigmoid()}) {
          ChainCase c = chain_case(norm_case(packed(layout, {2, 35, 23, 21}), Values::signed_uniform));
          for (float& gamma : c.before.values[2]) gamma = sign * (std::fabs(gamma) + 0.125f);
          c.before.values[2][3] = sign * 1e30f;  // saturates
          c.shapes.activation = activation;
          c.shapes.add(PoolOp::max, Window(3, 2, 1));
          c.shapes.add(PoolOp::min, Window(2));
          c.shapes.add(PoolOp::average, Window(2)).of = 0;
          c = quantized(c, Values::signed_uniform, random);
          c.set_shapes_type(type);
          ChainDesc& d = c.shapes;
          c.x = make_values(d.src, Values::signed_uniform, random);
          d.src_quantization = {0.25f, 5};
          d.intermediate_quantization = {0.5f, 9};
          for (ChainPool& p : d.pools) p.pool.src_quantization = p.pool.dst_quantization = d.intermediate_quantization;
          check_chain(c);
          CHECK(contains(explained(c), " norm=commuted "));
        }
      }
    }
  }
}

// Channels that rise and fall side by side, in bands, with NaN, infinities and zeros of both signs among them.
TEST_CASE("chains of f16 and bf16: a norm may follow one pool where no result is negative") {
  for (const ElementType type : {ElementType::f16, ElementType::bf16}) {
    for (const Layout layout : layouts) {
      std::uint64_t seed = 1;
      for (const std::vector<std::int64_t>& dims :
           {std::vector<std::int64_t>{2, 5, 31, 29}, {1, 40, 167, 61}, {1, 20, 9, 30, 31}, {2, 3, 130}}) {
        for (const Activation& activation : {relu(), clamp(0, 6), hard_sigmoid()}) {
          for (const PoolOp op : {PoolOp::max, PoolOp::min}) {
            for (const Window& window : {Window(3, 2, 1), Window(2)}) {
              ChainCase c = chain_case(norm_case(packed(layout, dims), Values::special, seed));
              Random random(seed++);
              for (std::vector<float>& values : c.before.values) {
                for (float& v : values) v = random.uniform(0.5f, 2);
              }
              for (std::size_t k = 1; k < c.before.values[2].size(); k += 3) c.before.values[2][k] *= -1;
              c.before.values[2][0] = -1e-7f;  // results round to zeros
              c.shapes.activation = activation;
              c.shapes.add(op, window);
              c.set_type(type);
              check_chain(c);
              const std::string line = explained(c);
              CHECK_MESSAGE(contains(line, layout == Layout::nchw ? " norm=commuted " : " norm=both "), line);
            }
          }
        }
      }
      // Negative results may round to -0, which a pool makes +0.
      ChainCase c = chain_case(norm_case(packed(layout, {1, 8, 16, 16}), Values::signed_uniform));
      c.before.values[0].assign(8, 0.0f);
      c.before.values[1].assign(8, 1.0f);
      c.before.values[2].assign(8, 1e-30f);
      c.before.values[3].assign(8, 0.0f);
      c.shapes.add(PoolOp::max, Window(2));
      for (const Activation& activation : {Activation{}, clamp(-1, 1), leaky_relu(0.1f)}) {
        c.shapes.activation = activation;
        ChainCase rounded = c;
        rounded.set_type(type);
        check_chain(rounded);
        CHECK(contains(explained(rounded), " norm=buffer "));
      }
    }
  }
}

TEST_CASE("chains of s8 and u8: a norm may follow one pool in channels that rise and fall") {
  Random random(11);
  for (const Layout layout : layouts) {
    for (const ElementType type : {ElementType::s8, ElementType::u8}) {
      for (const PoolOp op : {PoolOp::max, PoolOp::min}) {
        for (const Activation& activation : {Activation{}, relu(), leaky_relu(0.1f)}) {
          for (const Window& window : {Window(3, 2, 1), Window(2), Window(3, 1, 1)}) {
            ChainCase c = chain_case(norm_case(packed(layout, {2, 35, 123, 21}), Values::signed_uniform));
            for (std::size_t k = 0; k < 35; ++k) c.before.values[2][k] = (k % 3 == 1 ? -1.0f : 1.0f) * (std::fabs(c.before.values[2][k]) + 0.125f);
            c.shapes.activation = activation;
            c.shapes.add(op, window);
            c = quantized(c, Values::signed_uniform, random);
            c.set_shapes_type(type);
            ChainDesc& d = c.shapes;
            c.x = make_values(d.src, Values::signed_uniform, random);
            d.src_quantization = {0.25f, 5};
            d.intermediate_quantization = {0.5f, 9};
            d.pools[0].pool.src_quantization = d.pools[0].pool.dst_quantization = d.intermediate_quantization;
            check_chain(c);
            const char* const form = layout == Layout::nchw ? " norm=commuted " : window.stride.values[0] == 1 ? " norm=buffer " : " norm=both ";
            CHECK_MESSAGE(contains(explained(c), form), explained(c));
          }
        }
      }
    }
  }
}

TEST_CASE("chains by name of s8 and u8: t and dst have the norm's quantisation and rounding") {
  Random random(11);
  for (const ElementType type : {ElementType::s8, ElementType::u8}) {
    for (const Layout layout : layouts) {
      NormCase norm = norm_case(packed(layout, {2, 7, 12, 10}), Values::signed_uniform);
      norm.activation = relu();
      norm.quantize(type, type, Values::signed_uniform, random);
      norm.dst = {};
      norm.rounding = Rounding::half_away_from_zero;
      const BatchNormDesc d = norm.batch_norm();
      const Dense t = norm.expected();
      const Tensor src(d.src, norm.x);
      const auto check = [&](PoolDesc pool, auto fused) {
        pool.src = d.src;
        pool.src_quantization = pool.dst_quantization = d.dst_quantization;
        pool.rounding = d.rounding;
        const Result<PoolPlan> plan = PoolPlan::make(pool);
        REQUIRE_MESSAGE(plan.ok(), message_of(plan));
        const Tensor dst(plan->dst());
        const Status status = fused(dst.bytes());
        REQUIRE_MESSAGE(status.ok(), message_of(status));
        CHECK(difference(dst.read(), reference::pool(pool, t)) == "");
      };
      PoolDesc pool;
      pool.window = Window(3, 2, 1);
      check(pool, [&](Elements dst) { return fused_stem(d, src.bytes(), dst); });
      pool.op = PoolOp::average;
      pool.window = Window(2);
      check(pool, [&](Elements dst) { return fused_transition(d, src.bytes(), dst); });
      pool.kind = PoolKind::global;
      check(pool, [&](Elements dst) { return fused_head(d, src.bytes(), dst); });
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
