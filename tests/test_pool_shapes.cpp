// Output sizes: the rules by hand, then what every entry point says of them.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

struct Row {
  OutputSize rule;
  std::int64_t in, kernel, stride, begin, end, dilation, out;
};

constexpr Row rows[] = {
    {OutputSize::floor, 8, 3, 2, 0, 0, 1, 3},        {OutputSize::ceil, 8, 3, 2, 0, 0, 1, 4},
    {OutputSize::floor, 7, 3, 2, 0, 0, 1, 3},        {OutputSize::ceil, 7, 3, 2, 0, 0, 1, 3},
    {OutputSize::floor, 112, 3, 2, 1, 1, 1, 56},     {OutputSize::ceil, 112, 3, 2, 0, 0, 1, 56},
    {OutputSize::floor, 5, 2, 1, 0, 0, 3, 2},        {OutputSize::floor, 5, 2, 1, 3, 1, 1, 8},
    {OutputSize::ceil, 3, 2, 3, 1, 1, 1, 2},  // the second begins at 2
    {OutputSize::ceil, 4, 1, 3, 1, 1, 1, 2},  // a third would begin at 5, beyond the input
    {OutputSize::ceil, 2, 3, 2, 0, 0, 1, 1},  // one window, which overhangs
    {OutputSize::ceil, 3, 2, 5, 2, 0, 1, 1},  // a second would begin at 3, where the input ends
    {OutputSize::valid, 10, 3, 3, 0, 0, 1, 3},       {OutputSize::valid, 10, 3, 3, 0, 0, 2, 2},
    {OutputSize::same_upper, 10, 3, 3, 0, 0, 1, 4},  {OutputSize::same_lower, 10, 3, 3, 0, 0, 1, 4},
    {OutputSize::same_upper, 10, 2, 1, 0, 0, 4, 10}, {OutputSize::same_lower, 1, 7, 2, 0, 0, 1, 1},
    {OutputSize::same_upper, 10, 1, 4, 0, 0, 1, 3},
};

PoolDesc desc_of(const Row& row, PoolOp op) {
  PoolDesc desc = pool_desc(op, nchw({1, 2, row.in}), Window(row.kernel, row.stride, row.begin, row.dilation));
  desc.window.padding_end = row.end;
  desc.output_size = row.rule;
  return desc;
}

}  // namespace

TEST_CASE("output sizes by hand") {
  for (const Row& row : rows) {
    const PoolDesc desc = desc_of(row, PoolOp::max);
    INFO(text_of(desc));
    CHECK(reference::geometry(desc).w.out == row.out);
    const Result<TensorDesc> dst = pool_output(desc);
    REQUIRE_MESSAGE(dst.ok(), message_of(dst));
    CHECK(dst.value.dims[2] == row.out);
    for (PoolOp op : pool_ops) check_pool(desc_of(row, op));
  }
}

TEST_CASE("the odd pad of SAME stands at the end or at the beginning") {
  const Dense src({1, 1, 4}, {1, 2, 3, 4});
  PoolDesc desc = pool_desc(PoolOp::max, nchw(Dims({1, 1, 4})), Window(2, 1));
  desc.output_size = OutputSize::same_upper;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_pool(desc, src, how), Dense({1, 1, 4}, {2, 3, 4, 4})) == "");
    PoolDesc lower = desc;
    lower.output_size = OutputSize::same_lower;
    CHECK(difference(run_pool(lower, src, how), Dense({1, 1, 4}, {1, 2, 3, 4})) == "");
  });
}

TEST_CASE("a given dst may end before the input does, or overhang it") {
  for (PoolOp op : pool_ops) {
    for (Layout layout : layouts) {
      for (std::int64_t out = 1; out <= 6; ++out) {
        check_pool(given_desc(op, layout, {2, 3, 9, 10}, {2, 3, 4, out}, Window(3, 2, 1)));
      }
      // Long before, or far beyond.
      for (std::int64_t c : {1, 5, 19}) {
        for (const Window& window : {Window(2, 1), Window(2), Window(3, 1, 1), Window(3, 2, 1), Window(9, 1, 4), Window(2, 1, 0, 3)}) {
          for (std::int64_t out : {1, 4, 90, 420}) {
            for (const PoolDesc& desc : {given_desc(op, layout, {2, c, 5, 300}, {2, c, 2, out}, window),
                                         given_desc(op, layout, {2, c, 300, 5}, {2, c, out, 2}, window)}) {
              if (reference::geometry(desc).legal) check_pool(desc);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a list for a kernel is a kernel, not a kernel and a stride") {
  for (const Window& w : {Window({1, 3}), Window({1, 3}, 2), Window(Spatial({1, 3}))}) {
    CHECK(w.kernel.count == 2);
    CHECK(w.kernel.values[1] == 3);
  }
  CHECK(Window({1, 3}).stride.count == 0);
  CHECK(Window({1, 3}, 2, {0, 1}).padding.values[1] == 1);
  PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 4, 6}), Window({1, 3}));
  REQUIRE(pool_output(desc).ok());
  CHECK(pool_output(desc).value.dims[3] == 2);
  CHECK(pool_output(desc).value.dims[2] == 4);
  desc.window = Window({1, 1, 1, 1});
  CHECK_FALSE(pool_output(desc).ok());
}

TEST_CASE("one number stands for all dims, and defaults follow PyTorch") {
  const TensorDesc src = nchw({1, 2, 9, 10});
  Window spelled({3, 3}, {3, 3}, {0, 0}, {1, 1});
  spelled.padding_end = {0, 0};
  const Dense x = make_values(dims_of(src), Values::signed_uniform, 2);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense expected = run_pool(pool_desc(PoolOp::average, src, spelled), x, how);
    CHECK(difference(run_pool(pool_desc(PoolOp::average, src, Window(3)), x, how), expected) == "");
  });
}

TEST_CASE("the planned dst is packed in the layout of src") {
  for (Layout layout : layouts) {
    const PoolDesc desc = pool_desc(PoolOp::max, packed(layout, {2, 3, 9, 10}), Window(3, 2));
    const Result<TensorDesc> dst = pool_output(desc);
    Result<PoolPlan> plan = PoolPlan::make(desc);
    REQUIRE_MESSAGE(dst.ok(), message_of(dst));
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(text_of(dst.value) == text_of(packed(layout, {2, 3, 4, 4})));
    CHECK(text_of(plan->dst()) == text_of(dst.value));
  }
}
