// Adaptive and global pooling, and the identities between them and sliding windows.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

TEST_CASE("adaptive pooling to every size") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      for (std::int64_t out = 1; out <= 12; ++out) {
        check_pool(adaptive_desc(op, packed(layout, {2, 5, 7, 10}), out));
        check_pool(adaptive_desc(op, packed(layout, {1, 19, 10, 7}), {out, 3}));
        check_pool(adaptive_desc(op, packed(layout, {1, 3, 53}), out));
      }
      check_pool(adaptive_desc(op, packed(layout, {1, 3, 5, 7, 9}), {2, 3, 4}));
      check_pool(adaptive_desc(op, packed(layout, {1, 3, 40, 35}), {3, 2}), Values::wide);  // f64 sums
      check_pool(adaptive_desc(op, packed(layout, {1, 3, 24, 24}), {3, 3}));                // windows of 64
      check_pool(adaptive_desc(op, packed(layout, {1, 3, 25, 24}), {3, 3}));                // the largest of 72
    }
  }
}

TEST_CASE("adaptive pooling into a given dst") {
  for (Layout layout : layouts) {
    PoolDesc desc = adaptive_desc(PoolOp::average, packed(layout, {2, 3, 8, 9}), {});
    desc.dst = packed(layout, {2, 3, 3, 4});
    check_pool(desc);
  }
}

TEST_CASE("global pooling of every plane size") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      for (std::int64_t size = 1; size <= 35; ++size) {
        check_pool(global_desc(op, packed(layout, {1, 3, 1, size})));
        check_pool(global_desc(op, packed(layout, {1, size, 3, 5})));
        check_pool(global_desc(op, packed(layout, {2, 2, 7, size})));
      }
      check_pool(global_desc(op, packed(layout, {1, 2, 3, 40, 41})), Values::wide);
      check_pool(global_desc(op, packed(layout, {1, 129, 7, 7})), Values::after_relu);
      check_pool(global_desc(op, packed(layout, {2, 4, 1000})));
    }
  }
}

TEST_CASE("global = adaptive to 1 = a kernel of the image's size") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      for (const std::vector<std::int64_t>& dims :
           {std::vector<std::int64_t>{2, 5, 7, 7}, {2, 5, 8, 8}, {1, 5, 9, 31}, {1, 3, 100}}) {
        const TensorDesc src = packed(layout, dims);
        const Dense x = make_values(dims, Values::wide, 5);
        Window whole;
        whole.kernel.count = src.rank - 2;
        for (int i = 2; i < src.rank; ++i) whole.kernel.values[i - 2] = src.dims[i];
        for_each_isa([&](Isa isa) {
          How how;
          how.isa = isa;
          const Dense global = run_pool(global_desc(op, src), x, how);
          CHECK(difference(run_pool(adaptive_desc(op, src, 1), x, how), global) == "");
          CHECK(difference(run_pool(pool_desc(op, src, whole), x, how), global) == "");
        });
      }
    }
  }
}
