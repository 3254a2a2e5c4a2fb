// The gradient of Lp pooling of powers other than 1, 2 and infinity: by hand, within the stated bound of long double,
// against finite differences of the forward plan, and the same bits for every instruction set, layout, stride and
// number of threads.
#include "support/doctest.hpp"

#include <cmath>
#include <limits>

#include "support/bits_file.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/executors.hpp"
#include "support/lp_power.hpp"
#include "support/pool_indices.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

TensorDesc output_of(const PoolDesc& desc) {
  return packed(Layout::nchw, reference::geometry(desc).output_dims(desc.src), desc.src.type);
}

// In both layouts, of every instruction set, by threads; returns the bits.
template <class D>
D check_everywhere(PoolDesc desc, const D& x, const D& y, const D& dy) {
  INFO(text_of(desc));
  D first;
  for (Layout layout : layouts) {
    desc.src = packed(layout, dims_of(desc.src), desc.src.type);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      if (first.values.empty()) first = run_lp_backward(desc, x, y, dy, how);
      how.executor = openmp_executor(3);
      CHECK(difference(run_lp_backward(desc, x, y, dy, how), first) == "");
    });
  }
  return first;
}

template <class D>
void check_bounded(const PoolDesc& desc, const D& x, const D& dy) {
  const D y = run_pool(desc, x, {});
  const reference::Bounds b = reference::power_backward_bounds(desc, x, y, dy);
  CHECK(difference(check_everywhere(desc, x, y, dy), b.exact, b.bound) == "");
}

void check_powers(const PoolDesc& pool) {
  for (const double p : other_powers) {
    PoolDesc desc = raised(p, pool);
    Random random(7);
    const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, random);
    const Dense dy = make_values(dims_of(output_of(desc)), Values::cancelling, random);
    check_bounded(desc, x, dy);
    desc.src.type = ElementType::f64;
    check_bounded(desc, finer(x, random), finer(dy, random));
    for (const ElementType type : {ElementType::f16, ElementType::bf16}) {  // f32's, rounded once more
      TensorDesc src = desc.src, dst = output_of(desc);
      src.type = dst.type = type;
      const Dense narrow_x = make_values(src, Values::signed_uniform, random);
      const Dense narrow_dy = make_values(dst, Values::wide, random);
      desc.src.type = ElementType::f32;
      Dense y = run_pool(desc, narrow_x, {});
      for (float& v : y.values) v = stored(type, v);
      Dense expected = run_lp_backward(desc, narrow_x, y, narrow_dy, {});
      for (float& v : expected.values) v = stored(type, v);
      desc.src.type = type;
      CHECK(difference(check_everywhere(desc, narrow_x, y, narrow_dy), expected) == "");
    }
  }
}

// Windows of one tap, whose y is given.
void check_values(double p, const std::vector<float>& x, const std::vector<float>& y, const std::vector<float>& dy,
                  const std::vector<float>& expected) {
  const std::vector<std::int64_t> dims = {1, 1, static_cast<std::int64_t>(x.size())};
  const PoolDesc desc = raised(p, pool_desc(PoolOp::lp, nchw({1, 1, dims[2]}), Window(1)));
  CHECK(difference(check_everywhere(desc, Dense(dims, x), Dense(dims, y), Dense(dims, dy)), Dense(dims, expected)) ==
        "");
}

}  // namespace

TEST_CASE("gradient of Lp pooling of other powers by hand") {
  check_values(3, {2, -2, 3, 0, -0.0f, 2, 2}, {4, 4, 6, 1, 2, 0, 0}, {8, 8, 4, 5, 5, 7, HUGE_VALF},
               {2, -2, 1, 0, 0, 0, 0});
  check_values(0.5, {4, -4, 0, -0.0f, 1}, {16, 16, 4, 9, 0}, {2, 2, 5, 5, 5}, {4, -4, 0, 0, 0});
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  check_values(3, {1, inf, 1, nan, 1, 0}, {inf, inf, nan, 1, 1, inf}, {1, 1, 1, 1, inf, 1}, {0, nan, nan, nan, inf, 0});
  check_values(0.5, {1, inf, -inf, nan, 1, 0}, {inf, inf, 4, 1, nan, 1}, {1, 1, 1, 1, 1, inf},
               {inf, nan, 0, nan, nan, nan});
}

TEST_CASE("gradient of Lp pooling of other powers: every kind of window") {
  each_kind_of_window(check_powers);
}

TEST_CASE("gradient of Lp pooling of other powers: rows too many to keep") {
  const PoolDesc desc = raised(3, pool_desc(PoolOp::lp, nchw({1, 1, 300, 700}), Window({290, 2}, {5, 20})));
  check_bounded(desc, make_values(dims_of(desc.src), Values::signed_uniform, 3),
                make_values(dims_of(output_of(desc)), Values::cancelling, 4));
}

TEST_CASE("gradient of Lp pooling of other powers: finite differences of the forward plan in f64") {
  for (const double p : {0.5, 1.5, 3.0, 7.3}) {
    const PoolDesc desc = raised(p, pool_desc(PoolOp::lp, nchw({2, 3, 6, 7}, ElementType::f64), Window(3, 2, 1)));
    Random random(11);
    Dense64 x = finer(make_values(dims_of(desc.src), Values::signed_uniform, random), random);
    for (double& v : x.values) v += std::copysign(0.25, v);  // a corner is at 0
    const Dense64 y = run_pool(desc, x, {}), dy = finer(make_values(y.dims, Values::signed_uniform, random), random);
    const Dense64 dx = run_lp_backward(desc, x, y, dy, {});
    const auto f = [&](std::size_t i, double step) {
      Dense64 moved = x;
      moved.values[i] += step;
      const Dense64 z = run_pool(desc, moved, {});
      double sum = 0;
      for (std::size_t j = 0; j < z.values.size(); ++j) sum += z.values[j] * dy.values[j];
      return sum;
    };
    const double step = 0x1p-17;
    for (std::size_t i = 0; i < x.values.size(); i += 5) {
      CHECK(std::fabs((f(i, step) - f(i, -step)) / (2 * step) - dx.values[i]) < 1e-7);
    }
  }
}

TEST_CASE("gradient of Lp pooling of other powers: those of 1 and 2 are near") {
  const TensorDesc src = nchw({2, 3, 9, 11}, ElementType::f64);
  Random random(12);
  const Dense64 x = finer(make_values(dims_of(src), Values::signed_uniform, random), random);
  for (const double p : {1.0, 2.0}) {
    const PoolDesc exact = raised(p, pool_desc(PoolOp::lp, src, Window(3, 2, 1)));
    PoolDesc near = exact;
    near.p += 0x1p-30;
    const Dense64 y = run_pool(exact, x, {}), dy = finer(make_values(y.dims, Values::signed_uniform, random), random);
    const Dense64 a = run_lp_backward(exact, x, y, dy, {}), b = run_lp_backward(near, x, y, dy, {});
    for (std::size_t i = 0; i < x.values.size(); ++i) CHECK(std::fabs(a.values[i] - b.values[i]) < 1e-7);
  }
}

TEST_CASE("the bits of gradients of Lp poolings of other powers") {
  BitsFile file;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (const double p : other_powers) {
      const PoolDesc desc = raised(p, pool_desc(PoolOp::lp, nchw({2, 19, 13, 21}), Window(3, 2, 1)));
      const Dense x = make_values(dims_of(desc.src), Values::wide, 77), y = run_pool(desc, x, {});
      file.check("lp of " + std::to_string(p) + " backward 3x3 s2 p1 {2,19,13,21}",
                 run_lp_backward(desc, x, y, make_values(y.dims, Values::cancelling, 78), how));
    }
  });
}

TEST_CASE("gradient of Lp pooling of other powers says how it is done") {
  const auto plan = LpPoolBackwardPlan::make(raised(0.5, pool_desc(PoolOp::lp, nhwc({1, 20, 9, 9}), Window(3))));
  REQUIRE(plan.ok());
  CHECK(contains(explain(plan.value), "lp_pool_backward p=0.5 type=f32"));
  CHECK(contains(explain(plan.value), "walk=channels_last stages=powers+spread+down"));
}
