// Lp pooling: by hand, every power with every stage, type and layout, the stated bounds, special values.
#include "support/doctest.hpp"

#include <cmath>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr ElementType float_types[] = {ElementType::f32, ElementType::f16, ElementType::bf16, ElementType::f64};

PoolDesc lp(double p, TensorDesc src, const Window& window, ElementType type = ElementType::f32) {
  src.type = type;
  PoolDesc desc = pool_desc(PoolOp::lp, src, window);
  desc.p = p;
  return desc;
}

PoolDesc as(double p, PoolDesc desc, ElementType type = ElementType::f32) {
  desc.p = p;
  desc.src.type = type;
  return desc;
}

void check_values(const PoolDesc& desc, std::vector<float> src, const std::vector<float>& expected) {
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense got = run_pool(desc, Dense(dims_of(desc.src), src), how);
    CHECK(difference(got, Dense(got.dims, expected)) == "");
  });
}

}  // namespace

TEST_CASE("Lp pooling by hand") {
  const TensorDesc row = nchw({1, 1, 6});
  const std::vector<float> x = {3, -4, 0, -0.0f, -2, 1};
  check_values(lp(1, row, Window(2)), x, {7, 0, 3});
  check_values(lp(2, row, Window(2)), x, {5, 0, std::sqrt(5.0f)});
  check_values(lp(inf, row, Window(2)), x, {4, 0, 2});
  // Padding adds nothing; it alone gives +0.
  for (const double p : powers) check_values(lp(p, row, Window(1, 5, 5)), x, {0, 3, 1, 0});
}

TEST_CASE("Lp pooling: NaN, infinities, overflow and denormals") {
  const TensorDesc row = nchw({1, 1, 8});
  const float nan = std::nanf("");
  const std::vector<float> x = {-inf, 1, nan, inf, 1e30f, 1e30f, 1e-30f, -1e-30f};
  check_values(lp(1, row, Window(2)), x, {inf, nan, 1e30f + 1e30f, 1e-30f + 1e-30f});
  check_values(lp(2, row, Window(2)), x, {inf, nan, inf, 0});  // f32 squares
  check_values(lp(inf, row, Window(2)), x, {inf, nan, 1e30f, 1e-30f});
  for (const ElementType type : float_types) {
    for (const double p : powers) {
      for (const Layout layout : layouts) {
        check_pool(lp(p, packed(layout, {2, 5, 9, 33}), Window(3, 1, 1), type), Values::special, 3);
        check_pool(lp(p, packed(layout, {1, 3, 20, 21}), Window(9, 2, 4), type), Values::special, 4);
      }
    }
  }
}

TEST_CASE("Lp pooling: every type, layout, width and window") {
  const Window windows[] = {Window(1),       Window(2, 2),    Window(3, 2, 1),  Window(3, 1, 1),   Window(5, 1, 2),
                            Window(7, 3, 3), Window(9, 9, 4), Window(13, 1, 6), Window(3, 2, 2, 2)};
  for (const ElementType type : float_types) {
    for (const Layout layout : layouts) {
      for (const double p : powers) {
        std::uint64_t seed = 1;
        for (const std::int64_t width : {1, 7, 15, 17, 33, 64, 65, 131}) {
          for (const Window& window : windows) {
            const bool wide_channels = layout == Layout::nhwc;
            PoolDesc desc =
                lp(p, packed(layout, {2, wide_channels ? width : 3, 11, wide_channels ? 9 : width}), window, type);
            desc.output_size = OutputSize::same_lower;
            desc.window.padding = {};
            check_pool(desc, static_cast<Values>(seed % 6), seed);
            ++seed;
          }
          check_pool(as(p, adaptive_desc(PoolOp::lp, packed(layout, {1, width, 10, 7}), {3, 4}), type),
                     Values::special);
          check_pool(as(p, global_desc(PoolOp::lp, packed(layout, {2, width, 9, 8})), type), Values::wide, seed);
        }
        check_pool(lp(p, packed(layout, {2, 19, 67}), Window(4, 3, 1), type));
        check_pool(lp(p, packed(layout, {1, 9, 5, 6, 17}), Window(3, 2, 1), type));
        check_pool(lp(p, packed(layout, {1, 2, 1, 300}), Window({1, 100}, 1), type));
      }
    }
  }
}

TEST_CASE("Lp pooling is within its stated bound") {
  for (const Window& window : {Window(2, 2), Window(3, 2, 1), Window(8, 4, 3), Window(9, 4, 4), Window({1, 33}, 2)}) {
    for (const double p : powers) {
      const PoolDesc desc = lp(p, nchw({2, 3, 33, 35}), window);
      const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, 5);
      const reference::Bounds b = reference::lp_bounds(desc, x);
      CHECK(difference(reference::pool(desc, x), b.exact, b.bound) == "");
    }
  }
}

TEST_CASE("Lp pooling: global is adaptive to 1 is a window of the image's size") {
  const Dense x = make_values({2, 5, 12, 13}, Values::wide, 6);
  for (const double p : powers) {
    const PoolDesc global = as(p, global_desc(PoolOp::lp, nhwc({2, 5, 12, 13})));
    const Dense expected = reference::pool(global, x);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      CHECK(difference(run_pool(global, x, how), expected) == "");
      CHECK(difference(run_pool(as(p, adaptive_desc(PoolOp::lp, nchw({2, 5, 12, 13}), 1)), x, how), expected) == "");
      CHECK(difference(run_pool(lp(p, nchw({2, 5, 12, 13}), Window({12, 13})), x, how), expected) == "");
    });
  }
}
