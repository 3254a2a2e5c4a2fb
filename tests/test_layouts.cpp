// Layout is strides: slices, padded rows, odd strides of size-1 dims, axes in any order around the
// contiguous one, broadcast residuals.
#include "support/doctest.hpp"

#include <climits>

#include "support/backward.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"
#include "support/response.hpp"
#include "support/row_norms.hpp"
#include "support/tensor.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// They fit any image.
const Window windows[] = {Window(3, 2, 1), Window(2, 2, 1), Window(3, 1, 1), Window(3, 1, 2, 2)};

void check_pools(const TensorDesc& src) {
  for (PoolOp op : pool_ops) {
    for (const Window& window : windows) check_pool(pool_desc(op, src, window));
    check_pool(global_desc(op, src));
    check_pool(adaptive_desc(op, src, 3));
  }
}

// A pool of channels [0, 19) of one buffer into channels [40, 59) of the same buffer.
void check_concat(const TensorDesc& buffer, const PoolDesc& pool, std::int64_t first) {
  PoolDesc desc = pool;
  desc.src = desc.dst = channel_slice(buffer, 19);
  const Dense x = make_values(dims_of(desc.src), Values::signed_uniform, 5);
  const Dense expected = reference::pool(desc, x);
  Tensor memory(buffer, make_values(dims_of(buffer), Values::integers, 6));
  for_each_element(desc.src, [&](std::int64_t i, std::int64_t offset) { memory.data()[offset] = x.values[i]; });
  Dense after = memory.read();
  const std::int64_t plane = buffer.dims[2] * buffer.dims[3];
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(expected.values.size()); ++i) {
    const std::int64_t n = i / (19 * plane), rest = i % (19 * plane);
    after.values[(n * buffer.dims[1] + first) * plane + rest] = expected.values[i];
  }
  for_each_isa([&](Isa isa) {
    Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
    const Status status = plan->run(memory.data(), memory.data() + first * buffer.strides[1],
                                    {serial_executor(), workspace.data(), workspace.size()});
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    CHECK(difference(memory.read(), after) == "");
  });
}

}  // namespace

TEST_CASE("channel slices of wider tensors") {
  for (Layout layout : layouts) {
    const TensorDesc whole = packed(layout, {2, 40, 7, 9});
    for (std::int64_t channels : {1, 2, 17, 33}) {
      // With C = 1 rows run along W, which in a slice of NHWC they cannot.
      if (layout == Layout::nhwc && channels == 1) continue;
      check_pools(channel_slice(whole, channels));
    }
  }
}

TEST_CASE("into a channel slice of a concatenation") {
  for (Layout layout : layouts) {
    for (PoolOp op : pool_ops) {
      PoolDesc desc = pool_desc(op, packed(layout, {2, 19, 7, 9}), Window(3, 1, 1));
      desc.dst = channel_slice(packed(layout, {2, 57, 7, 9}), 19);
      check_pool(desc);
    }
  }
}

TEST_CASE("from one slice of a buffer into another of the same buffer") {
  for (Layout layout : layouts) {
    for (PoolOp op : pool_ops) check_concat(packed(layout, {2, 59, 7, 9}), pool_desc(op, {}, Window(3, 1, 1)), 40);
    check_concat(packed(layout, {2, 59, 7, 9}), pool_desc(PoolOp::max, {}, Window(5, 1, 2)), 19);
    TensorDesc row = packed(layout, {2, 59, 1, 9});
    row.strides[2] = 7;  // of no matter
    check_concat(row, pool_desc(PoolOp::max, {}, Window({1, 3}, 1, {0, 1})), 19);
  }
}

// Features of a token: query and key of one projection.
TEST_CASE("rows from one slice of a buffer into another of the same buffer") {
  for (const std::vector<std::int64_t>& dims :
       {std::vector<std::int64_t>{8, 8}, {2, 4, 8}, {2, 4, 2, 4}, {2, 2, 2, 8}}) {
    TensorDesc slice = packed(Layout::nchw, dims);
    const int axis = dims.size() == 4 && dims[3] == 4 ? 2 : slice.rank - 1;
    for (int i = 0; i < axis; ++i) slice.strides[i] *= 3;
    const Result<LayerNormPlan> plan = LayerNormPlan::make(layer_norm(slice, axis));
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const std::vector<float> x = make_values({8, 24}, Values::signed_uniform, 3).values;
    std::vector<float> apart = x, shared = x;
    const auto run = [&](const float* src, float* dst) {
      LayerNormData data;
      data.src = src;
      data.dst = dst;
      return message_of(plan->run(data, {serial_executor()}));
    };
    CHECK(run(x.data(), apart.data() + 8) == "");
    CHECK(run(shared.data(), shared.data() + 8) == "");
    CHECK(shared == apart);
    CHECK(shared != x);
    CHECK(run(shared.data(), shared.data() + 7) == "src and dst overlap in part");
    CHECK(run(shared.data() + 8, shared.data() + 1) == "src and dst overlap in part");
  }
}

TEST_CASE("padded rows") {
  for (std::int64_t pitch : {9, 10, 16, 37}) {
    const TensorDesc src = padded_rows(nchw({2, 3, 7, 9}), pitch);
    check_pools(src);
    PoolDesc desc = pool_desc(PoolOp::average, src, Window(3, 2, 1));
    desc.dst = padded_rows(nchw({2, 3, 4, 5}), pitch + 1);
    check_pool(desc);
    NormCase norm = norm_case(src);
    norm.dst = padded_rows(nchw({2, 3, 7, 9}), pitch + 3);
    check_norm(norm);
  }
}

TEST_CASE("strides of size-1 dims are ignored") {
  for (Layout layout : layouts) {
    for (int odd = 0; odd < 5; ++odd) {
      std::vector<std::int64_t> dims = {2, 19, 3, 5, 7};
      dims[static_cast<std::size_t>(odd)] = 1;
      for (std::int64_t stride : {std::int64_t{0}, std::int64_t{-5}, INT64_MAX}) {
        TensorDesc src = packed(layout, dims);
        src.strides[odd] = stride;
        check_pools(src);
        NormCase norm = norm_case(src);
        add_residual(norm, packed(layout, dims));
        check_norm(norm);
      }
    }
  }
}

TEST_CASE("strides of size-1 dims are ignored by statistics, gradients and responses") {
  for (Layout layout : layouts) {
    for (int odd = 0; odd < 4; ++odd) {
      std::vector<std::int64_t> dims = {2, 19, 3, 5};
      dims[static_cast<std::size_t>(odd)] = 1;
      const Dense x = normal_values(dims, 0.5, 2);
      for (std::int64_t stride : {std::int64_t{0}, std::int64_t{-5}, INT64_MAX}) {
        for (std::int64_t more : {0, 1}) {  // rows in memory
          std::vector<std::int64_t> memory = dims;
          memory[2] += more;
          TensorDesc src = packed(layout, memory);
          src.dims[2] = dims[2];
          src.strides[odd] = stride;
          INFO(text_of(src));
          check_training(training_case(src, x));
          for (std::int64_t groups : {0, 1}) check_backward(backward_case(src, x, groups));
          GroupNormCase group;
          group.desc.src = src;
          group.x = x;
          check_rows(group);
          const ResponseCaseOf<float> response{response_desc(src, 5), x}, flat{response_desc(packed(layout, dims), 5), x};
          for_each_isa([&](Isa isa) {
            How how;
            how.isa = isa;
            CHECK(difference(response.run(how), flat.run(how)) == "");
          });
        }
      }
    }
  }
}

TEST_CASE("one channel, one pixel, one column") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 1, 7, 19}, {2, 19, 1, 1}, {2, 19, 7, 1}, {2, 1, 1, 1}, {1, 1, 7, 1}}) {
      for (PoolOp op : pool_ops) {
        check_pool(pool_desc(op, packed(layout, dims), Window(1)));
        check_pool(pool_desc(op, packed(layout, dims), Window(3, 2, 1)));
        check_pool(global_desc(op, packed(layout, dims)));
        check_pool(adaptive_desc(op, packed(layout, dims), {2, 3}));
      }
      check_norm(norm_case(packed(layout, dims)));
    }
  }
}

TEST_CASE("outer axes in any order") {
  // H outside of C outside of N, around contiguous W; D outside of N, around contiguous C.
  TensorDesc rows = nchw({3, 5, 6, 17});
  rows.strides[0] = 17;
  rows.strides[1] = 17 * 3;
  rows.strides[2] = 17 * 3 * 5;
  check_pools(rows);
  check_norm(norm_case(rows));
  TensorDesc pixels = nhwc({3, 19, 4, 5});
  pixels.strides[3] = 19 * 3;
  pixels.strides[0] = 19;
  pixels.strides[2] = 19 * 3 * 5;
  check_pools(pixels);
  check_norm(norm_case(pixels));
}

TEST_CASE("a residual that is broadcast along any dims") {
  const std::vector<std::int64_t> dims = {2, 19, 5, 7};
  for (Layout layout : layouts) {
    for (int mask = 1; mask < 16; ++mask) {
      NormCase norm = norm_case(packed(layout, dims));
      add_residual(norm, broadcast(norm.src, mask));
      check_norm(norm);
      norm.activation = relu();
      norm.explicit_form = true;
      check_norm(norm);
    }
  }
}

TEST_CASE("src and dst of different strides in the same walk") {
  PoolDesc desc = pool_desc(PoolOp::max, nchw({2, 3, 7, 9}), Window(1));
  desc.dst = padded_rows(nchw({2, 3, 7, 9}), 12);
  check_pool(desc);
  NormCase norm = norm_case(nhwc({2, 19, 5, 7}));
  norm.dst = channel_slice(nhwc({2, 40, 5, 7}), 19);
  add_residual(norm, channel_slice(nhwc({2, 23, 5, 7}), 19));
  check_norm(norm);
}

TEST_CASE("rows of one output whose addresses do not follow each other") {
  for (PoolOp op : pool_ops) {
    for (std::int64_t rows : {2, 3, 4, 5, 16, 17}) {
      for (std::int64_t channels : {1, 5, 6, 16, 17}) {
        for (std::int64_t gap : {1, 2, 3}) {
          PoolDesc desc = pool_desc(op, nchw({2, channels, rows, 3}), Window({1, 3}, {1, 3}));
          desc.dst = nchw({2, channels, rows, 1});
          check_pool(desc);
          // Channels inside of rows, images outside or inside of both.
          desc.dst.strides[1] = gap;
          desc.dst.strides[2] = gap * channels;
          desc.dst.strides[0] = gap * channels * rows;
          check_pool(desc);
          desc.dst.strides[0] = 1;
          desc.dst.strides[1] = 1 + gap;
          desc.dst.strides[2] = (1 + gap) * channels;
          check_pool(desc);
        }
      }
    }
  }
}

TEST_CASE("tensors of any rank and size are made, and those that cannot be are refused") {
  constexpr std::int64_t dims[max_rank] = {2, 3, 4, 5, 6};
  for (int rank : {INT_MIN, INT_MIN + 1, INT_MIN + 2, -1, 0, 1, 6, 7, INT_MAX}) {
    for (TensorDesc t : {nchw(Dims(dims, rank)), nhwc(Dims(dims, rank)), padded_rows(nchw(Dims(dims, rank)), 9)}) {
      CHECK(t.rank == rank);
      CHECK(t.elements() == (rank == 0 ? 0 : rank < 0 ? 1 : rank == 1 ? 2 : 720));
      CHECK(PoolPlan::make(pool_desc(PoolOp::max, t, Window(2))).status.code == StatusCode::invalid_argument);
    }
  }
  CHECK(nchw({1LL << 32, 1LL << 31}).elements() == INT64_MAX);
  CHECK(nchw({1LL << 31, 1LL << 31}).elements() == 1LL << 62);
  CHECK(nchw({0, 1LL << 62}).elements() == 0);
}
