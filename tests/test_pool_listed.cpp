// Windows that begin where a list says: fractional pooling.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Sequence = std::vector<std::int64_t>;

PoolDesc listed(PoolOp op, const TensorDesc& src, const Spatial& kernel, const Sequence& h, const Sequence& w) {
  PoolDesc desc = listed_desc(op, src, kernel, h);
  desc.starts[1] = {w.data(), static_cast<std::int64_t>(w.size())};
  return desc;
}

// PyTorch's, of one sample for all planes.
Sequence fractional(std::int64_t in, std::int64_t kernel, std::int64_t out, double sample) {
  const double alpha = out > 1 ? static_cast<double>(in - kernel) / static_cast<double>(out - 1) : 0;
  Sequence starts;
  for (std::int64_t i = 0; i + 1 < out; ++i) {
    starts.push_back(static_cast<std::int64_t>((static_cast<double>(i) + sample) * alpha) -
                     static_cast<std::int64_t>(sample * alpha));
  }
  starts.push_back(in - kernel);
  return starts;
}

}  // namespace

TEST_CASE("listed windows: every operation, with gaps, overlaps and repetitions") {
  const Sequence few = {0, 2, 3, 6}, repeated = {1, 1, 1, 4, 5, 5}, one = {3}, dense = {0, 1, 2, 3, 4, 5, 6};
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 3, 9, 40}) {
      const TensorDesc src = packed(layout, {2, c, 9, 10});
      for (const Sequence& h : {few, repeated, one, dense}) {
        for (const Sequence& w : {few, repeated, one, dense}) {
          for (PoolOp op : pool_ops) check_pool(listed(op, src, {2, 3}, h, w));
        }
      }
      check_pool(listed(PoolOp::lp, src, 3, few, dense));
      check_pool(listed_desc(PoolOp::max, packed(layout, {2, c, 40}), 7, repeated));
      check_pool(listed_desc(PoolOp::average, packed(layout, {1, c, 7, 8, 9}), {1, 2, 3}, few));
      check_pool(listed_desc(PoolOp::average, packed(layout, {1, c, 20, 21}), 10, few), Values::wide);  // f64 sums
    }
  }
}

TEST_CASE("listed windows: indices, gradients, unpooling") {
  const Sequence few = {0, 2, 3, 6}, repeated = {1, 1, 1, 4, 5, 5};
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 3, 17}) {
      const TensorDesc src = packed(layout, {2, c, 9, 10});
      for (IndexType type : index_types) {
        MaxIndicesDesc desc;
        desc.pool = listed(PoolOp::max, src, {2, 3}, few, repeated);
        desc.index_type = type;
        check_max_indices(desc, make_values(dims_of(src), Values::integers, 3));
      }
      const Dense gradient = make_values({2, c, 4, 6}, Values::signed_uniform, 5);
      check_average_backward(listed(PoolOp::average, src, {2, 3}, few, repeated), gradient);
      check_lp_backward(listed(PoolOp::lp, src, {2, 3}, few, repeated),
                        make_values(dims_of(src), Values::signed_uniform, 6), gradient);
    }
  }
}

TEST_CASE("listed windows are those of the other kinds where they lie there") {
  const Sequence strided = {0, 2, 4, 6}, halves = {0, 5};
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, {2, 5, 9, 9}), even = packed(layout, {2, 5, 10, 10});
    const Dense x = make_values(dims_of(src), Values::wide, 5), y = make_values(dims_of(even), Values::wide, 6);
    for (PoolOp op : pool_ops) {
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        CHECK(difference(run_pool(listed_desc(op, src, 3, strided), x, how),
                         run_pool(pool_desc(op, src, Window(3, 2)), x, how)) == "");
        CHECK(difference(run_pool(listed_desc(op, even, 5, halves), y, how),
                         run_pool(adaptive_desc(op, even, 2), y, how)) == "");
      });
    }
  }
}

TEST_CASE("listed windows: PyTorch's sequences") {
  CHECK(fractional(10, 2, 5, 0.3) == Sequence{0, 2, 4, 6, 8});
  CHECK(fractional(7, 2, 4, 0.7) == Sequence{0, 1, 3, 5});
  for (double sample : {0.0, 0.3, 0.99}) {
    const Sequence h = fractional(25, 2, 13, sample), w = fractional(31, 3, 20, sample);
    for (Layout layout : layouts) check_pool(listed(PoolOp::max, packed(layout, {2, 9, 25, 31}), {2, 3}, h, w));
  }
}

TEST_CASE("listed windows: a plan keeps its list, and dst may be given") {
  Sequence starts = {0, 2, 5};
  PoolDesc desc = listed_desc(PoolOp::max, nchw({1, 1, 9, 9}), 2, starts);
  desc.dst = nchw({1, 1, 3, 3});
  const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, 5);
  const Dense expected = reference::pool(desc, x);
  const Result<PoolPlan> plan = PoolPlan::make(desc);
  REQUIRE(plan.ok());
  starts = {-1, 100, 7};
  std::vector<float> y(9);
  std::vector<char> memory(plan->workspace_bytes(serial_executor()));
  CHECK(plan->run(x.values.data(), y.data(), {serial_executor(), memory.data(), memory.size()}).ok());
  CHECK(y == expected.values);
}

TEST_CASE("listed windows: refusals") {
  const auto message = [](auto change) {
    static const Sequence starts = {0, 2, 5};
    PoolDesc desc = listed_desc(PoolOp::max, nchw({1, 1, 9, 9}), 2, starts);
    change(desc);
    return message_of(PoolPlan::make(desc));
  };
  static const Sequence falling = {0, 3, 2}, beyond = {0, 8}, before = {-1, 8};
  CHECK(message([](PoolDesc&) {}) == "");
  CHECK(message([](PoolDesc& d) { d.window.kernel = {}; }) == "kernel is not given");
  CHECK(message([](PoolDesc& d) { d.window.kernel = {2, 0}; }) == "kernel[1] is 0, must be >= 1");
  CHECK(message([](PoolDesc& d) { d.window.kernel = 10; }) == "kernel[0] is 10, src has 9 inputs there");
  CHECK(message([](PoolDesc& d) { d.starts[1] = {}; }) == "starts[1] is not given");
  CHECK(message([](PoolDesc& d) { d.starts[0].count = -1; }) == "starts[0] is not given");
  CHECK(message([](PoolDesc& d) { d.starts[0].values = nullptr; }) == "starts[0] is not given");
  CHECK(message([](PoolDesc& d) { d.starts[2] = d.starts[1]; }) == "starts[2] is given, src has 2 spatial dims");
  CHECK(message([](PoolDesc& d) { d.starts[1].values = falling.data(); }) == "starts[1][2] is 2, must be 3 to 7");
  CHECK(message([](PoolDesc& d) { d.starts[0] = {beyond.data(), 2}; }) == "starts[0][1] is 8, must be 0 to 7");
  CHECK(message([](PoolDesc& d) { d.starts[0] = {before.data(), 2}; }) == "starts[0][0] is -1, must be 0 to 7");
  CHECK(message([](PoolDesc& d) { d.dst = nchw({1, 1, 3, 4}); }) == "dst.dims[3] is 4, must be 3");
}
