// Max and min pooling: small results by hand, then every boundary against the reference.
#include "support/doctest.hpp"

#include <limits>

#include "support/check.hpp"
#include "support/compare.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

Dense one_plane(std::int64_t h, std::int64_t w, std::vector<float> values) {
  return Dense({1, 1, h, w}, std::move(values));
}

void check_result(const PoolDesc& desc, const Dense& src, const Dense& expected) {
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_pool(desc, src, how), expected) == "");
  });
}

const Dense counting = one_plane(3, 4, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
const TensorDesc counting_desc = nchw({1, 1, 3, 4});

}  // namespace

TEST_CASE("max and min by hand") {
  check_result(pool_desc(PoolOp::max, counting_desc, Window(2, 1)), counting, one_plane(2, 3, {6, 7, 8, 10, 11, 12}));
  check_result(pool_desc(PoolOp::min, counting_desc, Window(2, 1)), counting, one_plane(2, 3, {1, 2, 3, 5, 6, 7}));
  check_result(pool_desc(PoolOp::max, counting_desc, Window({3, 1}, {1, 2})), counting, one_plane(1, 2, {9, 11}));
  check_result(pool_desc(PoolOp::max, counting_desc, Window(2, 1, 0, 2)), counting, one_plane(1, 2, {11, 12}));
}

TEST_CASE("padding takes no part, and a window of padding alone gives the identity") {
  const Dense negative = one_plane(1, 2, {-5, -7});
  const TensorDesc desc = nchw({1, 1, 1, 2});
  check_result(pool_desc(PoolOp::max, desc, Window(1, 1, 1)), negative,
               one_plane(3, 4, {-inf, -inf, -inf, -inf, -inf, -5, -7, -inf, -inf, -inf, -inf, -inf}));
  check_result(pool_desc(PoolOp::min, desc, Window({1, 3}, {1, 2}, {0, 4})), negative,
               one_plane(1, 4, {inf, -5, -7, inf}));
}

TEST_CASE("channels and widths across every vector boundary") {
  for (PoolOp op : {PoolOp::max, PoolOp::min}) {
    for (Layout layout : layouts) {
      for (std::int64_t size = 1; size <= 2 * 16 + 1; ++size) {
        for (const Window& window :
             {Window(2), Window(3, 2, 1), Window(3, 1, 1), Window(5, 3, 2), Window(3, 1, 2, 2)}) {
          check_pool(pool_desc(op, packed(layout, {1, size, 5, 7}), window));
          check_pool(pool_desc(op, packed(layout, {1, 2, 5, size + 4}), window), Values::integers);
        }
      }
    }
  }
}

TEST_CASE("the channel counts of networks") {
  for (Layout layout : layouts) {
    for (std::int64_t channels : {1, 3, 17, 64, 129}) {
      check_pool(pool_desc(PoolOp::max, packed(layout, {2, channels, 9, 10}), Window(3, 2, 1)), Values::after_relu);
      check_pool(pool_desc(PoolOp::min, packed(layout, {2, channels, 9, 10}), Window(2, 2)));
    }
  }
}

TEST_CASE("strides up to beyond the window, and windows beyond the image") {
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {1, 5, 7, 40});
    for (std::int64_t stride = 1; stride <= 9; ++stride) {
      for (std::int64_t kernel : {1, 2, 3, 4, 7}) check_pool(pool_desc(PoolOp::max, src, Window(kernel, stride)));
    }
    for (std::int64_t kernel : {13, 50}) check_pool(pool_desc(PoolOp::max, src, Window(kernel, 2, kernel)));
  }
}

TEST_CASE("one and three spatial dims") {
  for (Layout layout : layouts) {
    for (const Window& window : {Window(3, 2, 1), Window(2), Window(3, 1, 3, 2)}) {
      check_pool(pool_desc(PoolOp::max, packed(layout, {2, 5, 37}), window));
      check_pool(pool_desc(PoolOp::max, packed(layout, {2, 5, 5, 6, 19}), window));
    }
    check_pool(pool_desc(PoolOp::min, packed(layout, {1, 3, 5, 6, 19}), Window({2, 3, 1}, {1, 2, 3}, {1, 0, 2})));
  }
}
