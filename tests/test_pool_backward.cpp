// Gradients of average pooling: bit for bit against plain sums, and both gradients against finite differences.
#include "support/doctest.hpp"

#include <cmath>

#include "support/bits_file.hpp"
#include "support/cases.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
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

double dot(const Dense& a, const Dense& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    sum += static_cast<double>(a.values[i]) * static_cast<double>(b.values[i]);
  return sum;
}

}  // namespace

TEST_CASE("gradient of average pooling: every width, channel count, kernel and stride") {
  for (Layout layout : layouts) {
    for (std::int64_t w : {1, 2, 7, 16, 17, 33, 70}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 2, 0, 2),
                                   Window(2, 4, 3, 3), Window(5, 1, 9)}) {
        const PoolDesc pool = pool_desc(PoolOp::average, packed(layout, {2, 3, 9, w}), window);
        if (reference::geometry(pool).legal) check_divisors(pool);
      }
    }
    for (std::int64_t c : {1, 7, 8, 16, 17, 33, 70}) {
      for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(3, 2, 1, 2)}) {
        check_divisors(pool_desc(PoolOp::average, packed(layout, {1, c, 8, 9}), window));
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
      });
    }
  }
}

TEST_CASE("gradients against finite differences") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(2), Window(3, 2, 1), Window(3, 1, 1)}) {
      PoolDesc pool = pool_desc(PoolOp::max, packed(layout, {2, 9, 6, 7}), window);
      const Dense x = make_values(dims_of(pool.src), Values::signed_uniform, 8);
      const Dense direction = make_values(dims_of(pool.src), Values::signed_uniform, 9);
      const Dense gradient = gradient_of(pool, Values::signed_uniform);
      // f(x) = dot(gradient, pool(x)); its derivative along a direction, small enough that no maximum moves.
      const auto f = [&](double step) {
        Dense moved = x;
        for (std::size_t i = 0; i < x.values.size(); ++i) {
          moved.values[i] =
              static_cast<float>(static_cast<double>(x.values[i]) + step * static_cast<double>(direction.values[i]));
        }
        return dot(gradient, reference::pool(pool, moved));
      };
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        const double step = 0x1p-13;
        pool.op = PoolOp::max;
        MaxIndicesDesc desc;
        desc.pool = pool;
        std::int64_t skipped = 0;
        const Dense of_max = run_scatter(desc, true, gradient, run_max_indices(desc, x, how).indices, how, skipped);
        CHECK(std::fabs((f(step) - f(-step)) / (2 * step) - dot(of_max, direction)) < 0.05);
        pool.op = PoolOp::average;
        CHECK(std::fabs((f(step) - f(-step)) / (2 * step) - dot(run_average_backward(pool, gradient, how), direction)) <
              0.05);
      });
    }
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
  CHECK(message(desc) == "dst.strides: neither C nor the last spatial dim has stride 1 in all tensors");
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
