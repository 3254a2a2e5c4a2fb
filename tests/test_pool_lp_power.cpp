// Lp pooling of powers other than 1, 2 and infinity: by hand, within the stated bound of long double, and the same bits
// for every instruction set, layout, stride and number of threads.
#include "support/doctest.hpp"

#include <cmath>

#include "support/bits_file.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/executors.hpp"
#include "support/lp_power.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
void check_values(double p, const Window& window, const std::vector<float>& src, const std::vector<float>& expected) {
  const PoolDesc desc = raised(p, pool_desc(PoolOp::lp, nchw({1, 1, static_cast<std::int64_t>(src.size())}), window));
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense got = run_pool(desc, Dense(dims_of(desc.src), src), how);
    CHECK(difference(got, Dense(got.dims, expected)) == "");
  });
}

// In both layouts, of every instruction set; returns the bits.
template <class D>
D check_everywhere(PoolDesc desc, const D& x) {
  INFO(text_of(desc));
  D first;
  for (Layout layout : layouts) {
    const ElementType type = desc.src.type;
    desc.src = packed(layout, dims_of(desc.src));
    desc.src.type = type;
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      const D got = run_pool(desc, x, how);
      if (first.values.empty()) first = got;
      CHECK(difference(got, first) == "");
      how.executor = openmp_executor(3);
      CHECK(difference(run_pool(desc, x, how), first) == "");
    });
  }
  return first;
}

void check_powers(const PoolDesc& pool) {
  for (const double p : other_powers) {
    PoolDesc desc = raised(p, pool);
    Random random(7);
    const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, random);
    const reference::Bounds b = reference::lp_bounds(desc, x);
    CHECK(difference(check_everywhere(desc, x), b.exact, b.bound) == "");
    desc.src.type = ElementType::f64;
    const Dense64 wide = finer(x, random);
    const reference::Bounds wider = reference::power_bounds(desc, wide);
    CHECK(difference(check_everywhere(desc, wide), wider.exact, wider.bound) == "");
    for (const ElementType type : {ElementType::f16, ElementType::bf16}) {  // f32's, rounded once more
      desc.src.type = ElementType::f32;
      TensorDesc like = desc.src;
      like.type = type;
      const Dense narrow = make_values(like, Values::signed_uniform, random);
      Dense expected = run_pool(desc, narrow, {});
      for (float& v : expected.values) v = static_cast<float>(rounded(type, v));
      desc.src.type = type;
      CHECK(difference(check_everywhere(desc, narrow), expected) == "");
    }
  }
}

}  // namespace

TEST_CASE("Lp pooling of other powers by hand") {
  check_values(3, Window(3), {3, -4, 5, 0, -0.0f, 0}, {6, 0});
  check_values(0.5, Window(2), {1, 4, -9, 16}, {9, 49});
  check_values(1.5, Window(1), {4, -8, 1e-30f, 1e30f}, {4, 8, 1e-30f, 1e30f});
  check_values(3, Window(1, 5, 5), {3, -4, 0, -0.0f, -2, 1}, {0, 3, 1, 0});  // padding alone gives +0
  const float nan = std::nanf("");
  check_values(3, Window(2), {-inf, 1, nan, inf, 0, 1e-40f}, {inf, nan, 1e-40f});
  check_values(3, Window(8), std::vector<float>(8, 1e38f), {2e38f});  // a square would overflow f32
  check_values(100, Window(1), {2, 1e30f, 1e-30f}, {2, inf, 0});      // so does this in f64, or vanishes
}

TEST_CASE("Lp pooling of other powers: every kind of window") {
  each_kind_of_window(check_powers);
}

TEST_CASE("Lp pooling of other powers: rows too many to keep") {
  check_powers(pool_desc(PoolOp::lp, nchw({1, 1, 300, 700}), Window({290, 2}, {5, 20})));
}

TEST_CASE("Lp pooling of other powers: global is adaptive to 1 is a window of the image's size") {
  const Dense x = make_values({2, 5, 12, 13}, Values::wide, 6);
  const PoolDesc global = raised(3, global_desc(PoolOp::lp, nhwc({2, 5, 12, 13})));
  const Dense expected = run_pool(global, x, {});
  CHECK(difference(run_pool(raised(3, adaptive_desc(PoolOp::lp, nchw({2, 5, 12, 13}), 1)), x, {}), expected) == "");
  CHECK(difference(run_pool(raised(3, pool_desc(PoolOp::lp, nchw({2, 5, 12, 13}), Window({12, 13}))), x, {}),
                   expected) == "");
}

TEST_CASE("the bits of Lp poolings of other powers") {
  BitsFile file;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (const double p : other_powers) {
      const PoolDesc desc = raised(p, pool_desc(PoolOp::lp, nchw({2, 19, 13, 21}), Window(3, 2, 1)));
      file.check("lp of " + std::to_string(p) + " 3x3 s2 p1 {2,19,13,21}",
                 run_pool(desc, make_values(dims_of(desc.src), Values::wide, 77), how));
    }
  });
}

TEST_CASE("Lp pooling of other powers says how it is done") {
  const auto plan = PoolPlan::make(raised(3, pool_desc(PoolOp::lp, nhwc({1, 20, 9, 9}), Window(3))));
  REQUIRE(plan.ok());
  CHECK(contains(explain(plan.value), "pool op=lp type=f32"));
  CHECK(contains(explain(plan.value), "walk=channels_last stages=powers+down+across accumulate=f64"));
}

TEST_CASE("Lp pooling of other powers: refusals") {
  const auto message = [](double p) {
    return message_of(PoolPlan::make(raised(p, pool_desc(PoolOp::lp, nchw({1, 2, 9, 9}), Window(3)))));
  };
  CHECK(message(3) == "");
  CHECK(message(0x1p-10) == "");
  CHECK(message(1024) == "");
  CHECK(message(0) == "p is 0, must be 1/1024 to 1024, or infinity");
  CHECK(message(-3) == "p is -3, must be 1/1024 to 1024, or infinity");
  CHECK(message(1025) == "p is 1025, must be 1/1024 to 1024, or infinity");
  CHECK(contains(message(std::nan("")), "must be 1/1024 to 1024, or infinity"));
  PoolDesc desc = raised(3, pool_desc(PoolOp::lp, nchw({1, 2, 9, 9}, ElementType::s8), Window(3)));
  CHECK(message_of(PoolPlan::make(desc)) == "src.type is s8, lp pooling is of f32, f16, bf16 and f64");
  ChainDesc chain;
  chain.src = nchw({1, 2, 9, 9});
  chain.add(PoolOp::lp, Window(3)).pool.p = 3;
  CHECK(contains(message_of(ChainPlan::make(chain)), "p is 3, in a chain it must be 1, 2 or infinity"));
}
