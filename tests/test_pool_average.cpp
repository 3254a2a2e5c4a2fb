// Average pooling: divisors by hand, the order of sums against the reference, the reference's error
// against its bound.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// Of a row 1 2 3 4 with two pads at each end.
void check_row(PoolDesc desc, Divisor divisor, std::vector<float> expected) {
  const Dense row({1, 1, 4}, {1, 2, 3, 4});
  desc.divisor = divisor;
  const auto out = static_cast<std::int64_t>(expected.size());
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_pool(desc, row, how), Dense({1, 1, out}, expected)) == "");
  });
}

Dense without_nan(const std::vector<std::int64_t>& dims, std::uint64_t seed) {
  Random random(seed);
  Dense d = make_values(dims, Values::signed_uniform, random);
  for (float& v : d.values) v *= random.pick({1.0f, 1.0f, 1e4f, 1e-6f});
  return d;
}

}  // namespace

TEST_CASE("divisors by hand") {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 4}), Window(3, 3, 2));
  desc.output_size = OutputSize::ceil;  // windows at -2, 1 and 4: the third begins beyond the input and is dropped
  check_row(desc, Divisor::padded, {1.0f / 3, 3});
  check_row(desc, Divisor::valid, {1, 3});
  desc.window = Window(4, 2, 1);  // windows at -1 and 1; with ceil one more at 3, whose last two taps are an overhang
  check_row(desc, Divisor::padded, {1.5f, 2.25f});
  desc.window = Window(4, 4, 1);
  check_row(desc, Divisor::padded, {1.5f, 2});  // the second window at 3: one tap, one pad, two beyond
  check_row(desc, Divisor::valid, {2, 4});
  check_row(desc, Divisor::full_kernel, {1.5f, 1});
  desc.divisor_override = 2;
  check_row(desc, Divisor::fixed, {3, 2});
}

TEST_CASE("taps are counted one by one under dilation") {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 4}), Window(3, 1, 2, 2));  // taps o - 2, o, o + 2
  check_row(desc, Divisor::valid, {2, 3, 2, 3});
  check_row(desc, Divisor::padded, {4.0f / 3, 2, 4.0f / 3, 2});
}

TEST_CASE("a window of padding alone") {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 4}), Window(2, 2, 2));
  check_row(desc, Divisor::padded, {0, 1.5f, 3.5f, 0});
  check_row(desc, Divisor::full_kernel, {0, 1.5f, 3.5f, 0});
}

TEST_CASE("channels and widths across every vector boundary") {
  for (Layout layout : layouts) {
    for (std::int64_t size = 1; size <= 2 * 16 + 1; ++size) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 1, 1, 2)}) {
        check_pool(pool_desc(PoolOp::average, packed(layout, {1, size, 5, 7}), window));
        check_pool(pool_desc(PoolOp::average, packed(layout, {1, 2, 5, size + 4}), window), Values::wide);
      }
    }
  }
}

TEST_CASE("both sides of the change to f64 sums") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {1, 19, 12, 21});
    for (const Window& window : {Window(8, 1), Window({8, 9}, 1), Window({5, 13}, {2, 3}), Window({13, 5}, 1, {4, 2}),
                                 Window({4, 16}, 1), Window({1, 65}, 1, {0, 32}), Window({65, 1}, 1, {32, 0}),
                                 Window(9, 2, 9), Window({6, 11}, 1, {5, 10}, {2, 1})})
      check_pool(pool_desc(PoolOp::average, src, window));
    check_pool(pool_desc(PoolOp::average, packed(layout, {1, 3, 5, 6, 19}), Window({4, 4, 4}, 1, 1)));
    check_pool(pool_desc(PoolOp::average, packed(layout, {1, 3, 5, 6, 19}), Window({5, 4, 4}, 1, 1)), Values::wide);
    check_pool(pool_desc(PoolOp::average, packed(layout, {2, 3, 90}), Window(70, 7, 3)));
  }
}

TEST_CASE("sums whose every order gives another result") {
  for (Layout layout : layouts) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const auto check = [&](const PoolDesc& desc) { check_pool(desc, Values::cancelling, seed); };
      const TensorDesc src = packed(layout, {1, 19, 12, 21});
      for (const Window& window :
           {Window(2), Window(3, 1, 1), Window({7, 5}, 2, 3), Window(9, 1, 4), Window({4, 17}, 1, {0, 8})})
        check(pool_desc(PoolOp::average, src, window));
      check(global_desc(PoolOp::average, src));
      check(adaptive_desc(PoolOp::average, src, {3, 4}));
      check(adaptive_desc(PoolOp::average, packed(layout, {1, 3, 40, 41}), {3, 2}));
      check(pool_desc(PoolOp::average, packed(layout, {1, 3, 5, 6, 19}), Window({2, 3, 4}, 1, 1)));
      check(pool_desc(PoolOp::average, packed(layout, {1, 3, 5, 6, 19}), Window({5, 4, 9}, 1, {2, 1, 4})));
      // One column only, or one row.
      check(global_desc(PoolOp::average, packed(layout, {2, 3, 5, 9, 1})));
      check(global_desc(PoolOp::average, packed(layout, {2, 3, 9, 11, 1})));
      check(global_desc(PoolOp::average, packed(layout, {2, 3, 100, 1})));
      check(global_desc(PoolOp::average, packed(layout, {2, 3, 1, 100})));
    }
  }
}

TEST_CASE("every divisor with every output size") {
  for (Layout layout : layouts) {
    for (OutputSize size :
         {OutputSize::floor, OutputSize::ceil, OutputSize::same_upper, OutputSize::same_lower, OutputSize::valid}) {
      for (Divisor divisor : {Divisor::padded, Divisor::valid, Divisor::full_kernel, Divisor::fixed}) {
        const bool pads = size == OutputSize::floor || size == OutputSize::ceil;
        for (std::int64_t stride : {1, 2, 3, 5}) {
          PoolDesc desc = pool_desc(PoolOp::average, packed(layout, {1, 6, 11, 13}), Window({3, 4}, stride));
          if (pads) desc.window.padding = {1, 2};
          if (pads) desc.window.padding_end = {2, 0};
          desc.output_size = size;
          desc.divisor = divisor;
          if (divisor == Divisor::fixed) desc.divisor_override = 7;
          check_pool(desc);
        }
      }
    }
  }
}

TEST_CASE("averages that are denormal numbers, and divisors that f32 does not hold") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {1, 19, 9, 40});
    Dense tiny = make_values(dims_of(src), Values::integers, 1);
    for (std::size_t i = 0; i < tiny.values.size(); ++i) {
      const float step = i % 3 == 0 ? 0x1p-149f : i % 3 == 1 ? 0x1p-126f : 0x1p-108f;
      tiny.values[i] *= static_cast<float>(i % 97) * step;
    }
    for (const Window& window : {Window(2), Window(3, 1, 1), Window(3, 2), Window({7, 5}, 2, 3), Window(3, 4)}) {
      for (Divisor divisor : {Divisor::valid, Divisor::full_kernel}) {
        PoolDesc desc = pool_desc(PoolOp::average, src, window);
        desc.divisor = divisor;
        check_pool(desc, tiny);
      }
      for (std::int64_t by : {3ll, (1ll << 20) + 1, (1ll << 24) + 1, (1ll << 40) + 3, (1ll << 62) + 1}) {
        PoolDesc desc = pool_desc(PoolOp::average, src, window);
        desc.divisor = Divisor::fixed;
        desc.divisor_override = by;
        check_pool(desc, tiny);
        check_pool(desc);
      }
    }
  }
}

// Two inputs each, and another divisor: what the padding in front hides and what lies behind the end count differently.
TEST_CASE("windows that see as many inputs and are divided by different numbers") {
  for (Layout layout : layouts) {
    for (std::int64_t kernel : {2, 3, 4, 5, 7}) {
      for (std::int64_t stride = 2; stride <= kernel; ++stride) {
        for (std::int64_t begin = 0; begin < kernel; ++begin) {
          PoolDesc desc = pool_desc(PoolOp::average, packed(layout, {1, 32, 2, 4}), Window({2, kernel}, {2, stride}, {0, begin}));
          desc.window.padding_end = 0;
          desc.output_size = OutputSize::ceil;
          if (reference::geometry(desc).legal) check_pool(desc);
        }
      }
    }
  }
}

TEST_CASE("a huge value stays in its windows") {
  for (Layout layout : layouts) {
    Dense src = make_values({1, 3, 9, 40}, Values::integers, 3);
    src.values[45] = 1e30f;
    src.values[500] = -1e30f;
    check_pool(pool_desc(PoolOp::average, packed(layout, src.dims), Window(3, 1, 1)), src);
    check_pool(pool_desc(PoolOp::average, packed(layout, src.dims), Window(9, 1, 4)), src);
  }
}

TEST_CASE("the documented order of sums stays within the documented bound") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    PoolDesc desc = random_pool(random);
    desc.op = PoolOp::average;
    if (!reference::geometry(desc).legal) continue;
    const Dense src = without_nan(dims_of(desc.src), seed);
    const reference::Bounds bounds = reference::average_bounds(desc, src);
    INFO("seed ", seed, " ", text_of(desc));
    CHECK(difference(reference::pool(desc, src), bounds.exact, bounds.bound) == "");
  }
}
