// Legal but huge: offsets beyond 2^31 elements in reserved memory, kernels and pads beyond 2^32.
#include "support/doctest.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "support/allocations.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr std::int64_t big = (std::int64_t{1} << 31) + 64;
constexpr float inf = std::numeric_limits<float>::infinity();

// Address space for a whole tensor, of which only the pages in use take memory.
class Reserved {
 public:
  explicit Reserved(const TensorDesc& desc)
      : desc_(desc), bytes_(static_cast<std::size_t>(span(desc)) * sizeof(float)) {
    memory_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }
  ~Reserved() {
    if (ok()) munmap(memory_, bytes_);
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  bool ok() const { return memory_ != MAP_FAILED; }
  float* data() const { return static_cast<float*>(memory_); }
  void write(const Dense& d) {
    for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) { data()[offset] = d.values[i]; });
  }
  Dense read() const {
    Dense d(dims_of(desc_));
    for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) { d.values[i] = data()[offset]; });
    return d;
  }

 private:
  TensorDesc desc_;
  std::size_t bytes_;
  void* memory_;
};

template <class Plan, class Run>
void check_reserved(const TensorDesc& src_desc, const TensorDesc& dst_desc, const Dense& x, const Dense& expected,
                    Plan make, Run run) {
  Reserved src(src_desc), dst(dst_desc);
  if (!src.ok() || !dst.ok()) {
    MESSAGE("no address space for ", text_of(src_desc));
    return;
  }
  src.write(x);
  for_each_isa([&](Isa isa) {
    auto plan = make(isa);
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    dst.write(Dense(expected.dims));
    std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
    const Status status =
        run(*plan, src.data(), dst.data(), RunContext{serial_executor(), workspace.data(), workspace.size()});
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    CHECK(difference(dst.read(), expected) == "");
  });
}

void check_strides(Layout layout, int axis) {
  const std::vector<std::int64_t> dims = {2, 3, 4, 5};
  PoolDesc desc = pool_desc(PoolOp::average, packed(layout, dims), Window(3, 1, 1));
  desc.src.strides[axis] = big;
  desc.dst = desc.src;
  INFO(text_of(desc));
  const auto run = [](const auto& plan, const float* x, float* y, const RunContext& context) {
    return plan.run(x, y, context);
  };
  const Dense x = make_values(dims, Values::signed_uniform, 1);
  check_reserved(
      desc.src, desc.dst, x, reference::pool(desc, x),
      [&](Isa isa) {
        return PoolPlan::make(desc, {isa, StorePolicy::automatic});
      },
      run);
  const NormCase norm = norm_case(desc.src);
  check_reserved(
      desc.src, desc.src, norm.x, norm.expected(),
      [&](Isa isa) {
        return NormPlan::make(norm.batch_norm(), {isa, StorePolicy::automatic});
      },
      run);
}

void check_row(const PoolDesc& desc, std::vector<float> expected) {
  INFO(text_of(desc));
  for_each_isa([&](Isa isa) {
    Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const std::vector<float> x = {1, 2, 5, 3, 4};
    std::vector<float> y(expected.size());
    std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
    const Status status = plan->run(x.data(), y.data(), {serial_executor(), workspace.data(), workspace.size()});
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    const auto size = static_cast<std::int64_t>(y.size());
    CHECK(difference(Dense({size}, y), Dense({size}, expected)) == "");
  });
}

}  // namespace

TEST_CASE("offsets beyond 2^31 elements") {
  for (int axis = 0; axis < 4; ++axis) {
    if (axis != 3) check_strides(Layout::nchw, axis);
    if (axis != 1) check_strides(Layout::nhwc, axis);
  }
}

namespace {

// Of all elements of a u8 plane, on one ISA.
int reduce_plane(PoolOp op, const TensorDesc& src, const std::uint8_t* x, Isa isa) {
  Result<PoolPlan> plan = PoolPlan::make(global_desc(op, src), {isa, StorePolicy::automatic});
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const Workspace workspace(*plan, serial_executor());
  std::uint8_t dst = 0;
  CHECK(plan->run(x, &dst, workspace.context()).ok());
  return dst;
}

}  // namespace

// Read whole: memory that was never written costs none. Averages take seconds, minutes under an emulator: once, and
// not with portable's vectors, which share their loops.
TEST_CASE("a plane of more than 2^31 bytes") {
  const TensorDesc src = nchw({1, 1, 46341, 46342}, ElementType::u8);
  const std::int64_t count = src.elements();
  void* const memory = mmap(nullptr, static_cast<std::size_t>(count), PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    MESSAGE("no address space for ", text_of(src));
    return;
  }
  auto* const x = static_cast<std::uint8_t*>(memory);
  // 5.5 on average, exactly.
  const std::int64_t sum = count / 2 * 11, whole = sum / 255;
  std::fill_n(x, whole, std::uint8_t{255});
  x[count - 1] = static_cast<std::uint8_t>(sum % 255);
  for_each_isa([&](Isa isa) {
    if (isa != Isa::portable) CHECK(reduce_plane(PoolOp::average, src, x, isa) == 6);
    CHECK(reduce_plane(PoolOp::max, src, x, isa) == 255);
  });
  munmap(memory, static_cast<std::size_t>(count));
}

TEST_CASE("a sum of more than 2^32") {
  const TensorDesc src = nchw({1, 1, 4112, 4112}, ElementType::u8);
  std::vector<std::uint8_t> x(static_cast<std::size_t>(src.elements()), 255);
  std::fill_n(x.begin(), x.size() / 2, std::uint8_t{254});  // half to even
  for_each_isa([&](Isa isa) {
    CHECK(reduce_plane(PoolOp::average, src, x.data(), isa) == 254);
    x.front() = 255;
    CHECK(reduce_plane(PoolOp::average, src, x.data(), isa) == 255);
    x.front() = 254;
  });
}

TEST_CASE("kernels, pads and dilations beyond 2^32") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  const TensorDesc src = nchw(Dims({1, 1, 5}));
  check_row(pool_desc(PoolOp::max, src, Window(huge + 1, 1, huge / 2)), {5, 5, 5, 5, 5});
  check_row(pool_desc(PoolOp::min, src, Window(huge + 1, 1, huge / 2)), {1, 1, 1, 1, 1});
  // Two taps, o - huge/2 and o + huge/2, never meet the input.
  check_row(pool_desc(PoolOp::max, src, Window(2, 1, huge / 2, huge)), {-inf, -inf, -inf, -inf, -inf});
  PoolDesc far = pool_desc(PoolOp::average, src, Window(2, 1, 0, huge));
  far.window.padding_end = huge;
  check_row(far, {0.5f, 1, 2.5f, 1.5f, 2});
  far.divisor = Divisor::valid;
  check_row(far, {1, 2, 5, 3, 4});
  const float average = static_cast<float>(15.0 * (1.0 / static_cast<double>(huge + 1)));
  check_row(pool_desc(PoolOp::average, src, Window(huge + 1, 1, huge / 2)),
            {average, average, average, average, average});
  PoolDesc same = pool_desc(PoolOp::average, src, Window(huge + 1, 1));
  same.output_size = OutputSize::same_upper;
  same.divisor = Divisor::valid;
  check_row(same, {3, 3, 3, 3, 3});
}

TEST_CASE("kernels and pads beyond 2^32 down the rows") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  for (Layout layout : layouts) {
    for (std::int64_t channels : {1, 33}) {
      const TensorDesc src = packed(layout, {1, channels, 8, 8});
      const Dense x = make_values(dims_of(src), Values::signed_uniform, 5);
      for (PoolOp op : {PoolOp::max, PoolOp::min}) {
        PoolDesc desc = pool_desc(op, src, Window({huge + 1, 1}, 1, {huge / 2, 0}));
        const Dense expected = reference::pool(pool_desc(op, src, Window({17, 1}, 1, {8, 0})), x);  // sees all rows, too
        for_each_isa([&](Isa isa) {
          How how;
          how.isa = isa;
          CHECK(difference(run_pool(desc, x, how), expected) == "");
        });
      }
    }
  }
}

TEST_CASE("a cascade of windows of 2^60 taps is planned or refused at once") {
  for (int bits : {30, 40, 52}) {
    ChainDesc desc;
    desc.src = nchw({1, 1, std::int64_t{1} << (bits + 1)});
    desc.add(PoolOp::max, Window((std::int64_t{1} << bits) + 1, 1, std::int64_t{1} << (bits - 1)));
    desc.add(PoolOp::max, Window(std::int64_t{1} << 61, 1, std::int64_t{1} << 60)).of = 0;
    const Status status = ChainPlan::make(desc).status;
    CHECK_MESSAGE((status.ok() || status.code == StatusCode::out_of_memory || status.code == StatusCode::invalid_argument), message_of(status));
  }
}

// Steps that no second tap or window takes are any numbers, and so are strides of dims of 1.
TEST_CASE("steps whose products with a channel's would exceed 64 bits") {
  constexpr std::int64_t far = std::int64_t{1} << 60;
  const auto check = [](const PoolDesc& pool) {
    check_pool(pool);
    for (IndexType type : index_types) {
      MaxIndicesDesc desc;
      desc.pool = pool;
      desc.pool.op = PoolOp::max;
      desc.index_type = type;
      check_max_indices(desc, make_values(dims_of(pool.src), Values::integers, 1));
      desc.index_order = IndexOrder::column_major;
      if (type != IndexType::u8) check_max_indices(desc, make_values(dims_of(pool.src), Values::integers, 1));
    }
    PoolDesc average = pool;
    average.op = PoolOp::average;
    average.divisor = Divisor::full_kernel;
    check_pool(average);
    check_average_backward(average, make_values(reference::geometry(average).output_dims(pool.src), Values::integers, 1));
  };
  const auto of = [](const TensorDesc& src, Window window, const Spatial& end) {
    window.padding_end = end;
    return pool_desc(PoolOp::max, src, window);
  };
  for (Layout layout : layouts) {
    for (std::int64_t c : {1, 16}) {
      check(of(packed(layout, {1, c, 1, 6}), Window({1, 2}, {1, far}, {0, far}, {1, far}), {0, 0}));
      check(of(packed(layout, {1, c, 6, 6}), Window(6, {1, 2 * far}, 0), {0, 2 * far}));
      check(of(packed(layout, {1, c, 4, 4}), Window({1, 2}, {1, far}, 0), {0, far}));
      check(of(packed(layout, {1, c, 8, 8}), Window({1, 2}, {1, 2 * far}, 0, {1, 2 * far}), {0, 2 * far}));
      check(of(packed(layout, {1, c, 5, 5}), Window(1, 1, 0, 4 * far), 0));
      TensorDesc column = packed(layout, {1, c, 4, 1});
      column.strides[3] = 4 * far;
      check(of(column, Window(2, 1, {0, 2}, {1, 2}), {0, 2}));
      PoolDesc given = pool_desc(PoolOp::max, packed(layout, {1, c, 1, 16}), Window({1, 3}, 1));
      given.dst = packed(layout, {1, c, 1, 14});
      given.dst.strides[2] = INT64_MAX;
      check(given);
    }
  }
}

TEST_CASE("indices of clipped windows whose last tap lies beyond 2^31") {
  constexpr std::int64_t columns = 1500000000, apart = 1000000000, stride = 100000000;
  PoolDesc pool = pool_desc(PoolOp::max, nchw({1, 1, columns}), Window(2, stride, 0, apart));
  pool.window.padding_end = apart;
  const Reserved x(pool.src);
  if (!x.ok()) {
    MESSAGE("no address space for ", text_of(pool.src));
    return;
  }
  const std::int64_t windows = reference::geometry(pool).output_dims(pool.src)[2];
  std::vector<float> expected;
  std::vector<std::int64_t> places;
  for (std::int64_t o = 0; o < windows; ++o) x.data()[o * stride] = static_cast<float>(o % 7 + 1);
  for (std::int64_t o = 0; o < windows; ++o) {
    const std::int64_t second = o * stride + apart;
    const bool larger = second < columns && x.data()[second] > x.data()[o * stride];
    expected.push_back(x.data()[larger ? second : o * stride]);
    places.push_back(larger ? second : o * stride);
  }
  for_each_isa([&](Isa isa) {
    MaxIndicesDesc desc;
    desc.pool = pool;
    Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Workspace workspace(*plan, serial_executor());
    std::vector<float> y(expected.size());
    std::vector<std::int64_t> indices(expected.size());
    CHECK(plan->run(x.data(), y.data(), indices.data(), workspace.context()).ok());
    CHECK(y == expected);
    CHECK(indices == places);
  });
}

// 11 times this is 1, modulo 2^64: no window without dilation.
TEST_CASE("dilations whose product wraps around to 1") {
  constexpr std::int64_t inverse = 0x2e8ba2e8ba2e8ba3;
  PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 2, 48}), Window(2, 2, 0, {inverse, 11}));
  desc.window.padding_end = {inverse, 0};
  Dense x(dims_of(desc.src)), expected({1, 1, 1, 19});
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<float>(i);
  for (std::size_t o = 0; o < 19; ++o) expected.values[o] = static_cast<float>(2 * o + 11);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_pool(desc, x, how), expected) == "");
  });
}

TEST_CASE("a chain's max pool of 2^80 taps") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  ChainDesc desc;
  desc.src = nhwc({1, 2, 2, 2, 5});
  const std::vector<float> scale = {2, -2};  // channels of both kinds
  desc.before = Affine::scale_shift(scale);
  desc.add(PoolOp::max, Window({huge + 1, huge + 1, 1}, 1, {huge / 2, huge / 2, 0}));
  Dense x(dims_of(desc.src));
  for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = static_cast<float>(i);
  // Every plane of 2 x 2 has one maximum: its last element, or its first where it falls.
  Dense expected(x.dims);
  for (std::size_t i = 0; i < 20; ++i) {
    expected.values[i] = 2 * x.values[15 + i % 5];
    expected.values[20 + i] = -2 * x.values[20 + i % 5];
  }
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_chain<float>(desc, x, nullptr, how).dst[0], expected) == "");
  });
}

TEST_CASE("strides of the window far beyond the input") {
  const TensorDesc src = nchw(Dims({1, 1, 5}));
  PoolDesc desc = pool_desc(PoolOp::max, src, Window(2, INT64_MAX / 4));
  check_row(desc, {2});
}

// A plan takes no longer for windows that nobody could run.
TEST_CASE("plans of 2^40 windows are made or refused at once") {
  const TensorDesc src = nchw({1, 1, std::int64_t{1} << 40});
  const std::vector<float> scale(1, 2.0f);
  for (const Window& window : {Window(1), Window(2, 1, 1), Window(3, 1, std::int64_t{1} << 38)}) {
    for (PoolKind kind : {PoolKind::sliding, PoolKind::adaptive}) {
      ChainDesc desc;
      desc.src = src;
      desc.before = Affine::scale_shift(scale);
      desc.add(PoolOp::max, window).pool.kind = kind;
      desc.pools[0].pool.output = src.dims[2] - 1;
      (void)ChainPlan::make(desc);
      desc.activation = hard_swish();  // a buffer, in bands
      (void)ChainPlan::make(desc);
      desc.src = nchw({1, 1, src.dims[2], 64});  // bands of rows
      desc.pools[0].pool.output = {src.dims[2] - 1, 1};
      (void)ChainPlan::make(desc);
      PoolDesc pool = desc.pools[0].pool;
      pool.src = src;
      pool.op = PoolOp::average;
      for (Divisor divisor : {Divisor::padded, Divisor::valid}) {
        pool.divisor = divisor;
        (void)pool_output(pool);
      }
    }
  }
}

TEST_CASE("windows of 2^40 places along a row are planned or refused at once") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  for (ElementType type : {ElementType::f32, ElementType::f16}) {
    TensorDesc src = nchw({1, 1, 4, 5});
    src.type = type;
    PoolDesc power = pool_desc(PoolOp::lp, src, Window(2, 1, {0, huge}));
    power.p = 3;
    (void)PoolPlan::make(power);
    MaxIndicesDesc indices;
    indices.pool = pool_desc(PoolOp::max, src, Window(2, 1, {0, huge}));
    (void)MaxIndicesPlan::make(indices);
  }
}

TEST_CASE("gradients of 2^40 windows over a few inputs are planned or refused at once") {
  constexpr std::int64_t huge = std::int64_t{1} << 40;
  std::vector<PoolDesc> pools = {
      adaptive_desc(PoolOp::average, nchw({1, 1, 5, 4}), {huge, 3}),
      adaptive_desc(PoolOp::average, nhwc({1, 16, 5, 4}), {huge + 1, 3}),
      adaptive_desc(PoolOp::average, nchw({1, 1, 5, 4, 3}), {huge, 3, 2}),
      pool_desc(PoolOp::average, nchw({1, 1, 5, 4}), Window({2, 1}, 1, {huge, 0}, {2 * huge + 1, 1})),
      pool_desc(PoolOp::average, nchw({1, 1, 5, 4}), Window({3, 1}, {huge - 1, 1}, {huge, 0}, {huge, 1})),
      pool_desc(PoolOp::average, nchw({1, 1, 5, 4, 3}), Window({2, 1, 1}, 1, {huge, 0, 0}, {huge, 1, 1})),
  };
  for (PoolDesc& pool : pools) {
    INFO(text_of(pool));
    pool.divisor = Divisor::padded;
    (void)AveragePoolBackwardPlan::make(pool);
    pool.op = PoolOp::max;
    for (IndexType type : {IndexType::u8, IndexType::i32, IndexType::i64}) {
      MaxIndicesDesc indices;
      indices.pool = pool;
      indices.index_type = type;
      (void)MaxPoolBackwardPlan::make(indices);
    }
    pool.op = PoolOp::lp;
    for (double p : {1.0, 2.0, 3.0}) {
      pool.p = p;
      (void)LpPoolBackwardPlan::make(pool);
    }
  }
}

TEST_CASE("plans of tensors that fill the address space, and no larger ones") {
  for (int bits : {52, 53, 54}) {
    const TensorDesc src = nchw({1, 1, std::int64_t{1} << bits});
    ScaleShiftDesc norm;
    norm.src = src;
    const Status status = NormPlan::make(norm).status;
    CHECK_MESSAGE(status.ok(), message_of(status));
    BatchNormTrainingDesc training;
    training.src = src;
    (void)BatchNormTrainingPlan::make(training);
    (void)LayerNormPlan::make(layer_norm(src));
    GroupNormDesc group;
    group.src = src;
    (void)GroupNormPlan::make(group);
    BatchNormBackwardDesc backward;
    backward.src = src;
    (void)BatchNormBackwardPlan::make(backward);
  }
  // Few inputs and more windows than any machine has memory for.
  const Window rows_of_padding({1, 1 << 30}, 1, {std::int64_t{1} << 50, 0});
  CHECK(!PoolPlan::make(pool_desc(PoolOp::max, nchw({1, 1, 2, 1 << 30}), rows_of_padding)).ok());
  for (int bits : {55, 58, 60, 61, 62}) {
    TensorDesc src = nchw({1, 1, std::int64_t{1} << bits});
    CHECK(PoolPlan::make(pool_desc(PoolOp::max, src, Window(2))).status.code == StatusCode::invalid_argument);
    src.strides[2] = 0;  // all of them in one place
    CHECK(PoolPlan::make(pool_desc(PoolOp::max, src, Window(2))).status.code == StatusCode::invalid_argument);
    src = nchw({1, 2, 3});
    src.strides[1] = std::int64_t{1} << bits;
    CHECK(PoolPlan::make(pool_desc(PoolOp::max, src, Window(2))).status.code == StatusCode::invalid_argument);
  }
}

TEST_CASE("gradients of windows that see both ends of a long row need little memory") {
  MaxIndicesDesc desc;
  desc.pool = pool_desc(PoolOp::max, nchw({1, 8, 64, 1 << 20}), Window({1, 2}, 1, 0, {1, (1 << 20) - 2}));
  desc.index_type = IndexType::i32;
  for_each_isa([&](Isa isa) {
    const Result<MaxPoolBackwardPlan> plan = MaxPoolBackwardPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(plan->workspace_bytes(serial_executor()) < std::size_t{16} << 20);
  });
}

TEST_CASE("a plan keeps less than a few numbers for every output") {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 256, 256, 2}, ElementType::u8), Window({256, 256, 2}, 1, {255, 255, 1}));
  desc.divisor = Divisor::valid;
  desc.dst_quantization.zero_point = 1;
  const std::int64_t before = allocated_bytes();
  const Result<PoolPlan> plan = PoolPlan::make(desc);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  if (counts_allocations()) CHECK(allocated_bytes() - before < (32 << 20));
}

TEST_CASE("plans of many channels keep their parameters once") {
  const std::int64_t before = allocated_bytes();
  ExciteDesc excite;
  excite.src = nchw({1 << 11, 1 << 10}, ElementType::f16);
  const Result<ExcitePlan> scales = ExcitePlan::make(excite);
  REQUIRE_MESSAGE(scales.ok(), message_of(scales));
  ChainDesc chain;
  chain.src = nhwc({1, (1 << 20) - 1, 1, 2});
  chain.activation = leaky_relu(0.1f);
  chain.add(PoolOp::max, Window({1, 2}));
  const Result<ChainPlan> wide = ChainPlan::make(chain);
  REQUIRE_MESSAGE(wide.ok(), message_of(wide));
  if (counts_allocations()) CHECK(allocated_bytes() - before < (8 << 20) + (20 << 20));
}

TEST_CASE("a plan for windows of many rows, each with another divisor, takes no time") {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 1 << 18, 1}), Window({1 << 18, 1}, 1, {1 << 17, 0}));
  desc.divisor = Divisor::valid;
  const Status status = PoolPlan::make(desc).status;
  CHECK_MESSAGE(status.ok(), message_of(status));
}

TEST_CASE("the gradient of listed windows that crowd on one input takes as long as there are windows") {
  const std::int64_t windows = 1 << 20;
  const std::vector<std::int64_t> crowd(windows), row = {0};
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 1, windows}), Window(1));
  desc.kind = PoolKind::listed;
  desc.starts[0] = {row.data(), 1};
  desc.starts[1] = {crowd.data(), windows};
  std::vector<float> grad_dst(windows, 1.0f), grad_src(windows, -1.0f);
  for_each_isa([&](Isa isa) {
    const Result<AveragePoolBackwardPlan> plan = AveragePoolBackwardPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Workspace workspace(plan.value, serial_executor());
    REQUIRE(plan->run(grad_dst.data(), grad_src.data(), workspace.context()).ok());
    CHECK(grad_src[0] == static_cast<float>(windows));
    CHECK(std::count(grad_src.begin() + 1, grad_src.end(), 0.0f) == windows - 1);
  });
}

TEST_CASE("a listed window far from the others needs little memory") {
  const std::int64_t in = 1 << 24, windows = 1 << 18;
  std::vector<std::int64_t> starts(windows), row = {0};
  starts.back() = in - 3;
  PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 1, in}), Window({1, 3}));
  desc.kind = PoolKind::listed;
  desc.starts[0] = {row.data(), 1};
  desc.starts[1] = {starts.data(), windows};
  for_each_isa([&](Isa isa) {
    const Result<PoolPlan> plan = PoolPlan::make(desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(plan->workspace_bytes(serial_executor()) < std::size_t{1} << 20);
  });
}

TEST_CASE("columns that no window sees take no time: powers, and elements that are converted") {
  const std::int64_t side = 4096;
  PoolDesc desc = pool_desc(PoolOp::lp, nchw({1, 1, side, side}), Window({side, 1}, {1, side}, {side - 1, 0}));
  desc.p = 3;
  std::vector<float> src(side * side, 1.0f), dst(2 * side);
  const Result<PoolPlan> plan = PoolPlan::make(desc);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE(plan->dst().elements() == 2 * side - 1);
  const Workspace workspace(plan.value, serial_executor());
  REQUIRE(plan->run(src.data(), dst.data(), workspace.context()).ok());
  CHECK(dst[0] == 1.0f);
  CHECK(dst[side - 1] == 16.0f);

  MaxIndicesDesc indices;
  indices.pool = pool_desc(PoolOp::max, nchw({1, 1, side, side}), desc.window);
  indices.pool.src.type = ElementType::f16;
  indices.index_type = IndexType::i32;
  const Result<MaxIndicesPlan> maxima = MaxIndicesPlan::make(indices);
  REQUIRE_MESSAGE(maxima.ok(), message_of(maxima));
  std::vector<std::uint16_t> halves(side * side, 0x3c00), best(2 * side);
  std::vector<std::int32_t> places(2 * side, -2);
  const Workspace more(maxima.value, serial_executor());
  void *const from = halves.data(), *const to = best.data();
  REQUIRE(maxima->run(from, to, places.data(), more.context()).ok());
  CHECK(best[2 * side - 2] == 0x3c00);
  CHECK(places[side - 1] == 0);
  CHECK(places[2 * side - 2] == (side - 1) * side);
}
