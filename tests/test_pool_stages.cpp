// Shapes for which pooling has stages of their own: windows that share their taps, planes of narrow rows,
// rows that are streamed. With NaN in any lane, the exact repetition runs too.
#include "support/doctest.hpp"

#include "support/check.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

TEST_CASE("tall and wide windows that share their taps") {
  for (PoolOp op : {PoolOp::max, PoolOp::min}) {
    for (Layout layout : layouts) {
      for (std::int64_t channels : {3, 70}) {
        for (std::int64_t kernel : {6, 9, 13}) {
          for (const Window& window : {Window(kernel), Window(kernel, 1, kernel / 2), Window(kernel, 1, kernel, 2),
                                       Window(kernel, 2, 3), Window(kernel, 3, 1)}) {
            const PoolDesc desc = pool_desc(op, packed(layout, {1, channels, 18, 21}), window);
            check_pool(desc, Values::special);
            check_pool(desc, Values::integers);
          }
        }
      }
      // More rows than a task has, and windows in padding alone.
      check_pool(pool_desc(op, packed(layout, {1, 2, 150, 40}), Window(11, 1, 20)), Values::special);
    }
  }
}

TEST_CASE("rows of every narrow width, and the first that are streamed") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t width = 5; width <= 4 * 16 + 6; ++width) {
      const TensorDesc src = packed(Layout::nchw, {2, 3, 7, width});
      for (const Window& window :
           {Window(2, 2), Window(3, 2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 1, 2), Window(3, 1, {2, 1})}) {
        check_pool(pool_desc(op, src, window));
        check_pool(pool_desc(op, src, window), Values::special);
      }
    }
  }
}

TEST_CASE("divisors of narrow rows") {
  for (Divisor divisor : {Divisor::valid, Divisor::padded, Divisor::full_kernel}) {
    for (std::int64_t width : {2, 7, 16, 33}) {
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(2, 2)}) {
        PoolDesc desc = pool_desc(PoolOp::average, packed(Layout::nchw, {1, 4, 6, width}), window);
        desc.divisor = divisor;
        check_pool(desc, Values::cancelling);
      }
    }
  }
}

TEST_CASE("large planes are cut into rows, wherever the rows are streamed or stay in registers") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t width : {14, 60, 200}) {
      for (const Window& window : {Window(2, 2), Window(3, 2, 1), Window(3, 1, 1)}) {
        check_pool(pool_desc(op, packed(Layout::nchw, {1, 1, 3000, width}), window), Values::special);
      }
    }
  }
}
