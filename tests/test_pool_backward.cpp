// Gradients of average and Lp pooling: bit for bit against plain sums, and all gradients against finite differences.
#include "support/doctest.hpp"

#include <cmath>

#include "support/bits_file.hpp"
#include "support/cases.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Dims1 = std::vector<std::int64_t>;

Dense gradient_of(const PoolDesc& pool, Values kind, std::uint64_t seed = 2) {
  return make_values(reference::geometry(pool).output_dims(pool.src), kind, seed);
}

void check_divisors(PoolDesc pool, Values kind = Values::cancelling) {
  for (Divisor divisor : {Divisor::padded, Divisor::valid, Divisor::full_kernel, Divisor::fixed}) {
    pool.divisor = divisor;
    pool.divisor_override = divisor == Divisor::fixed ? 7 : 0;
    INFO(text_of(pool));
    if (reference::geometry(pool).legal) check_average_backward(pool, gradient_of(pool, kind));
  }
}

constexpr ElementType float_types[] = {ElementType::f32, ElementType::f16, ElementType::bf16, ElementType::f64};

// The tensor that a pooling gives.
TensorDesc gradient_desc(const PoolDesc& pool) {
  TensorDesc t = packed(Layout::nchw, reference::geometry(pool).output_dims(pool.src));
  t.type = pool.src.type;
  return t;
}

void check_lp(PoolDesc pool, double p, Values kind, std::uint64_t seed) {
  pool.op = PoolOp::lp;
  pool.p = p;
  INFO(text_of(pool));
  Random random(seed);
  with_values(pool.src, kind, random, [&](const auto& x) {
    check_lp_backward(pool, x, values_like(x, gradient_desc(pool), kind, random));
  });
}

double dot(const Dense64& a, const Dense64& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

}  // namespace

TEST_CASE("gradient of average pooling: every width, channel count, kernel and stride") {
  for (Layout layout : layouts) {
    for (std::int64_t w : {1, 2, 7, 16, 17, 33, 70}) {
      for (const Window& window : {Window(2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2),
                                   Window(3, 2, 0, 2), Window(2, 4, 3, 3), Window(5, 1, 9)}) {
        const PoolDesc pool = pool_desc(PoolOp::average, packed(layout, {2, 3, 9, w}), window);
        if (reference::geometry(pool).legal) check_divisors(pool);
      }
    }
    for (std::int64_t c : {1, 7, 8, 16, 17, 33, 70}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(3, 2, 1, 2)}) {
        check_divisors(pool_desc(PoolOp::average, packed(layout, {1, c, 8, 9}), window));
      }
    }
    // Inputs that no window sees, between others, also where vectors lie along the row.
    for (std::int64_t c : {1, 2, 5}) {
      for (const Window& window : {Window(1, 2), Window({1, 1}, {1, 2}), Window(2, 2, 1, 2), Window(1, 3)}) {
        check_divisors(pool_desc(PoolOp::average, packed(layout, {2, c, 9, 40}), window));
      }
    }
  }
}

TEST_CASE("gradient of average pooling: quotients that are denormal numbers, divisors that differ") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {2, 19}) {
      for (const Window& window : {Window(2), Window(3, 1, 1), Window(3, 2, 1), Window(5, 1, 2)}) {
        PoolDesc pool = pool_desc(PoolOp::average, packed(layout, {1, c, 9, 43}), window);
        pool.divisor = Divisor::valid;
        Dense tiny = gradient_of(pool, Values::integers);
        for (std::size_t i = 0; i < tiny.values.size(); ++i) {
          tiny.values[i] *= static_cast<float>(i % 97) * (i % 3 == 0 ? 0x1p-149f : 0x1p-126f);
        }
        check_average_backward(pool, tiny);
      }
    }
  }
}

TEST_CASE("gradient of average pooling: divisors that f32 does not hold, beside windows that differ") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 2, 5, 17}) {
      for (std::int64_t out : {3, 16}) {
        for (std::int64_t by : {(1ll << 20) + 1, (1ll << 24) + 1, (1ll << 40) + 3, (1ll << 62) + 1}) {
          PoolDesc pool = adaptive_desc(PoolOp::average, packed(layout, {1, c, 1, 41}), {1, out});
          pool.divisor = Divisor::fixed;
          pool.divisor_override = by;
          check_average_backward(pool, gradient_of(pool, Values::integers));
          check_average_backward(pool, gradient_of(pool, Values::tiny));
        }
      }
    }
  }
}

// Behind the last window come hundreds of inputs.
TEST_CASE("gradient of average and Lp pooling: windows that end long before the input does") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 2, 17}) {
      for (const Window& window : {Window(3, 1), Window(3, 2, 1), Window(2, 1, 0, 3), Window(5, 3, 2)}) {
        for (std::int64_t out : {1, 4, 190}) {
          const PoolDesc pool = given_desc(PoolOp::average, layout, {2, c, 4, 600}, {2, c, 2, out}, window);
          check_divisors(pool);
          for (double p : {1, 2}) check_lp(pool, p, Values::integers, 5);
        }
      }
    }
  }
}

TEST_CASE("gradient of average pooling: adaptive, global, 1-D and 3-D, large windows") {
  for (Layout layout : layouts) {
    for (std::int64_t c : {3, 17}) {
      check_divisors(global_desc(PoolOp::average, packed(layout, {2, c, 9, 40})));
      check_divisors(adaptive_desc(PoolOp::average, packed(layout, {2, c, 9, 31}), {4, 7}));
      check_divisors(adaptive_desc(PoolOp::average, packed(layout, {2, c, 3, 5}), {4, 40}));
      check_divisors(pool_desc(PoolOp::average, packed(layout, {2, c, 50}), Window(3, 2, 1)));
      check_divisors(pool_desc(PoolOp::average, packed(layout, {2, c, 6, 7, 20}), Window(3, 2, 1)));
      check_divisors(pool_desc(PoolOp::average, packed(layout, {1, c, 5, 6, 7}), Window(2, 1, 1, 2)));
      check_divisors(adaptive_desc(PoolOp::average, packed(layout, {1, c, 5, 6, 7}), {2, 4, 3}));
      check_divisors(pool_desc(PoolOp::average, packed(layout, {1, c, 30, 30}), Window(13, 1, 6)));
    }
    // Rows too many to keep: of a row of two channels, of a tile.
    for (const PoolDesc& pool :
         {pool_desc(PoolOp::average, packed(layout, {1, 2, 28, 20000}), Window({14, 1}, 1)),
          pool_desc(PoolOp::average, packed(layout, {1, 17, 28, 1300}), Window({14, 2}, {1, 2}))}) {
      check_average_backward(pool, gradient_of(pool, Values::cancelling));
    }
  }
}

// Planes of more rows than the quotients of one band have.
TEST_CASE("gradient of average and Lp pooling: small windows in tall planes") {
  for (const ElementType type : float_types) {
    for (const Window& window : {Window(2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1)}) {
      for (std::int64_t rows : {389, 390}) {
        PoolDesc pool = pool_desc(PoolOp::average, packed(Layout::nchw, {9, 1, rows, 35}), window);
        pool.src.type = type;
        INFO(text_of(pool));
        Random random(7);
        with_values(gradient_desc(pool), Values::cancelling, random, [&](const auto& g) { check_average_backward(pool, g); });
        check_lp(pool, 2, Values::integers, 3);
      }
    }
  }
}

// Windows that see nothing are as many as there are, however far before the input they begin.
TEST_CASE("gradient of average and Lp pooling: windows that begin far before the input") {
  struct Shape {
    std::int64_t kernel, stride, side;
  };
  for (Layout layout : layouts) {
    for (const Shape& s : {Shape{2, 2, 0}, Shape{3, 1, 1}, Shape{3, 2, 1}, Shape{3, 2, 0}, Shape{5, 3, 2}}) {
      for (std::int64_t far : {3ll, 1ll << 20, 1ll << 40}) {
        Window window(s.kernel, s.stride);
        window.padding = {far, s.side};
        window.padding_end = {0, s.side};
        const std::int64_t columns = (40 + 2 * s.side - s.kernel) / s.stride + 1;
        const PoolDesc pool = given_desc(PoolOp::average, layout, {1, 3, 8, 40}, {1, 3, 4, columns}, window);
        INFO(text_of(pool));
        check_average_backward(pool, gradient_of(pool, Values::integers));
        check_lp(pool, 2, Values::integers, 3);
      }
    }
  }
}

TEST_CASE("gradient of average pooling says how it is done") {
  const auto stages = [](const PoolDesc& pool) {
    const auto plan = AveragePoolBackwardPlan::make(pool);
    REQUIRE(plan.ok());
    return explain(plan.value);
  };
  const TensorDesc planes = packed(Layout::nchw, {1, 20, 12, 12});
  CHECK(contains(stages(pool_desc(PoolOp::average, planes, Window(2))), " stages=blocks "));
  CHECK(contains(stages(global_desc(PoolOp::average, planes)), " stages=all "));
  CHECK(contains(stages(pool_desc(PoolOp::average, planes, Window(4))), " stages=spread+down "));
  CHECK(contains(stages(pool_desc(PoolOp::average, packed(Layout::nhwc, {1, 20, 12, 12}), Window(2))), " stages=spread+down "));
}

TEST_CASE("gradient of average pooling: f16, bf16 and f64") {
  for (const ElementType type : float_types) {
    Random random(31);
    const auto check = [&](PoolDesc pool) {
      pool.src.type = type;
      INFO(text_of(pool));
      for (Values kind : {Values::cancelling, Values::special}) {
        with_values(gradient_desc(pool), kind, random, [&](const auto& g) { check_average_backward(pool, g); });
      }
    };
    for (Layout layout : layouts) {
      for (const Window& window : {Window(2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 2, 0, 2)}) {
        for (std::int64_t w : {7, 33, 70}) check(pool_desc(PoolOp::average, packed(layout, {2, 3, 9, w}), window));
        for (std::int64_t c : {1, 2, 17, 40}) check(pool_desc(PoolOp::average, packed(layout, {1, c, 8, 9}), window));
      }
      check(global_desc(PoolOp::average, packed(layout, {2, 19, 9, 11})));
      check(adaptive_desc(PoolOp::average, packed(layout, {2, 19, 9, 31}), {4, 7}));
      check(pool_desc(PoolOp::average, packed(layout, {2, 9, 6, 7, 20}), Window(3, 2, 1)));
      check(pool_desc(PoolOp::average, packed(layout, {1, 2, 600, 90}), Window({590, 2}, {1, 1})));
    }
  }
}

TEST_CASE("gradient of Lp pooling: every type, width, channel count, kernel and stride") {
  for (const ElementType type : float_types) {
    for (const double p : {1.0, 2.0}) {
      std::uint64_t seed = 1;
      const auto check = [&](PoolDesc pool) {
        pool.src.type = type;
        if (reference::geometry(pool).legal) check_lp(pool, p, static_cast<Values>(seed % 6), seed);
        ++seed;
      };
      for (Layout layout : layouts) {
        for (const Window& window : {Window(2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2),
                                     Window(3, 2, 0, 2), Window(2, 4, 3, 3), Window(5, 1, 9)}) {
          for (std::int64_t w : {1, 7, 17, 33, 70}) check(pool_desc(PoolOp::lp, packed(layout, {2, 3, 9, w}), window));
          for (std::int64_t c : {1, 2, 8, 17, 40}) check(pool_desc(PoolOp::lp, packed(layout, {1, c, 8, 9}), window));
        }
        for (std::int64_t c : {2, 19}) {
          check(global_desc(PoolOp::lp, packed(layout, {2, c, 9, 11})));
          check(adaptive_desc(PoolOp::lp, packed(layout, {2, c, 9, 31}), {4, 7}));
          check(pool_desc(PoolOp::lp, packed(layout, {2, c, 50}), Window(3, 2, 1)));
          check(pool_desc(PoolOp::lp, packed(layout, {1, c, 6, 7, 20}), Window(3, 2, 1)));
          check(pool_desc(PoolOp::lp, packed(layout, {1, c, 30, 30}), Window(13, 1, 6)));
        }
      }
    }
  }
}

TEST_CASE("gradient of Lp pooling by hand") {
  PoolDesc pool = pool_desc(PoolOp::lp, nchw({1, 1, 6}), Window(2));
  const Dense x({1, 1, 6}, {3, -4, 0, -0.0f, -2, NAN}), g({1, 1, 3}, {10, 7, 1});
  const Dense signs({1, 1, 6}, {10, -10, 0, 0, -1, NAN}), shares({1, 1, 6}, {6, -8, 0, 0, NAN, NAN});
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (const double p : {1.0, 2.0}) {
      pool.p = p;
      CHECK(difference(run_lp_backward(pool, x, reference::pool(pool, x), g, how), p == 1 ? signs : shares) == "");
    }
  });
}

TEST_CASE("the bits of indices and gradients of poolings") {
  BitsFile file;
  for (Layout layout : layouts) {
    for (const Dims1& dims : {Dims1{2, 19, 13, 21}, Dims1{3, 20, 40, 70}}) {
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        MaxIndicesDesc desc;
        desc.pool = pool_desc(PoolOp::max, packed(layout, dims), Window(3, 2, 1));
        const WithIndices y = run_max_indices(desc, make_values(dims, Values::integers, 77), how);
        file.check("max with indices 3x3 s2, the indices " + dims_text(dims),
                   Dense(y.dst.dims, std::vector<float>(y.indices.begin(), y.indices.end())));
        const Dense gradient = make_values(y.dst.dims, Values::cancelling, 78);
        std::int64_t skipped = 0;
        file.check("max backward 3x3 s2 " + dims_text(dims),
                   run_scatter(desc, true, gradient, y.indices, how, skipped));
        desc.pool.op = PoolOp::average;
        file.check("average backward 3x3 s2 " + dims_text(dims), run_average_backward(desc.pool, gradient, how));
        const PoolDesc uneven = adaptive_desc(PoolOp::average, packed(layout, dims), {5, 4});
        file.check("adaptive average backward 5x4 " + dims_text(dims),
                   run_average_backward(uneven, gradient_of(uneven, Values::cancelling), how));
        desc.pool.op = PoolOp::lp;
        const Dense x = make_values(dims, Values::signed_uniform, 79);
        file.check("lp2 backward 3x3 s2 " + dims_text(dims),
                   run_lp_backward(desc.pool, x, reference::pool(desc.pool, x), gradient, how));
      });
    }
  }
}

TEST_CASE("gradients of f64 are the finite differences of the poolings") {
  const auto f64 = [](Layout layout, const std::vector<std::int64_t>& dims) { return packed(layout, dims, ElementType::f64); };
  for (Layout layout : layouts) {
    const TensorDesc line = f64(layout, {2, 9, 23}), plane = f64(layout, {2, 9, 6, 7}), block = f64(layout, {1, 5, 4, 5, 6});
    for (const PoolDesc& of : {pool_desc(PoolOp::max, plane, Window(2)), pool_desc(PoolOp::max, plane, Window(3, 2, 1)),
                               pool_desc(PoolOp::max, plane, Window(3, 1, 1)), pool_desc(PoolOp::max, line, Window(5, 2, 2)),
                               pool_desc(PoolOp::max, block, Window(3, 2, 1)), adaptive_desc(PoolOp::max, plane, {4, 5}),
                               adaptive_desc(PoolOp::max, line, 4), adaptive_desc(PoolOp::max, block, {3, 2, 4}),
                               global_desc(PoolOp::max, plane), global_desc(PoolOp::max, block)}) {
      PoolDesc pool = of;
      INFO(text_of(pool));
      Random random(8);
      const auto values = [&](const std::vector<std::int64_t>& dims) {
        return finer(make_values(dims, Values::signed_uniform, random), random);
      };
      const Dense64 x = values(dims_of(pool.src)), direction = values(x.dims);
      const Dense64 gradient = values(reference::geometry(pool).output_dims(pool.src));
      // Small enough that no maximum moves and no x changes its sign.
      const auto difference_quotient = [&](const How& how) {
        const auto f = [&](double step) {
          Dense64 moved = x;
          for (std::size_t i = 0; i < x.values.size(); ++i) moved.values[i] += step * direction.values[i];
          return dot(gradient, run_pool(pool, moved, how));
        };
        return (f(0x1p-26) - f(-0x1p-26)) / 0x1p-25;
      };
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        const auto error = [&](const Dense64& back) { return std::fabs(dot(back, direction) - difference_quotient(how)); };
        pool.op = PoolOp::max;
        MaxIndicesDesc desc;
        desc.pool = pool;
        std::int64_t skipped = 0;
        CHECK(error(run_scatter(desc, true, gradient, run_max_indices(desc, x, how).indices, how, skipped)) < 1e-4);
        pool.op = PoolOp::average;
        CHECK(error(run_average_backward(pool, gradient, how)) < 1e-4);
        pool.op = PoolOp::lp;
        for (const double p : {1.0, 2.0, 2.5}) {
          INFO("p ", p);
          pool.p = p;
          CHECK(error(run_lp_backward(pool, x, run_pool(pool, x, how), gradient, how)) < 1e-4);
        }
      });
    }
  }
}

TEST_CASE("gradient of Lp pooling: refusals") {
  PoolDesc desc = pool_desc(PoolOp::lp, nchw({1, 2, 6, 6}), Window(2));
  const auto message = [&] { return message_of(LpPoolBackwardPlan::make(desc)); };
  desc.op = PoolOp::average;
  CHECK(message() == "op is 2, must be lp (3)");
  desc.op = PoolOp::lp;
  desc.p = HUGE_VAL;
  CHECK(message() == "p is inf, a gradient's must be finite");
  desc.p = 1025;
  CHECK(message() == "p is 1025, must be 1/1024 to 1024, or infinity");
  desc.p = 2;
  desc.src.strides[1] = 10;
  CHECK(message() == "src.strides[1] is 10: elements of src overlap");
  desc.src.strides[1] = 36;
  std::vector<float> x(72), y(18), g(18), to(72);
  for (const double p : {1.0, 2.0, 3.0}) {
    desc.p = p;
    const auto plan = LpPoolBackwardPlan::make(desc);
    std::vector<char> memory(plan.value.workspace_bytes(serial_executor()));
    const RunContext context{serial_executor(), memory.data(), memory.size()};
    const auto run = [&](const float* src, const float* dst, const float* grad_dst, float* grad_src) {
      return message_of(plan.value.run(src, dst, grad_dst, grad_src, context));
    };
    CHECK(run(nullptr, y.data(), g.data(), to.data()) == "src is null");
    CHECK(run(x.data(), nullptr, g.data(), to.data()) == (p == 1 ? "" : "dst is null"));
    CHECK(run(x.data(), y.data(), nullptr, to.data()) == "grad_dst is null");
    CHECK(run(x.data(), y.data(), g.data(), nullptr) == "grad_src is null");
    CHECK(run(x.data(), y.data(), g.data(), x.data()) == "grad_src and src overlap");
    CHECK(run(x.data(), to.data() + 9, g.data(), to.data()) == (p == 1 ? "" : "grad_src and dst overlap"));
    CHECK(run(x.data(), y.data(), to.data() + 9, to.data()) == "grad_src and grad_dst overlap");
    CHECK(run(x.data(), y.data(), g.data(), to.data()) == "");
  }
}

TEST_CASE("gradient of average pooling: refusals") {
  const PoolDesc pool = pool_desc(PoolOp::average, nchw({1, 2, 6, 6}), Window(2));
  const auto message = [](const PoolDesc& desc) { return message_of(AveragePoolBackwardPlan::make(desc)); };
  PoolDesc desc = pool;
  desc.op = PoolOp::max;
  CHECK(message(desc) == "op is 0, must be average (2)");
  desc = pool;
  desc.dst = nhwc({1, 2, 3, 3});
  CHECK(message(desc) == "dst.strides: neither C nor the last spatial dim has stride 1 in every tensor");
  desc = pool;
  desc.src.strides[1] = 10;
  CHECK(message(desc) == "src.strides[1] is 10: elements of src overlap");
  desc = pool;
  desc.src = nchw({1, 1, 2, 3000000000});
  CHECK(message(desc) == "a row of src or dst has 3000000000 elements, in gradients must be <= 2147483647");
  const auto plan = AveragePoolBackwardPlan::make(pool);
  std::vector<float> x(72), y(18);
  std::vector<char> memory(plan.value.workspace_bytes(serial_executor()));
  const RunContext context{serial_executor(), memory.data(), memory.size()};
  CHECK(message_of(plan.value.run(nullptr, x.data(), context)) == "grad_dst is null");
  CHECK(message_of(plan.value.run(y.data(), nullptr, context)) == "grad_src is null");
  CHECK(message_of(plan.value.run(x.data() + 9, x.data(), context)) == "grad_src and grad_dst overlap");
  CHECK(message_of(plan.value.run(y.data(), x.data(), context)) == "");
}
