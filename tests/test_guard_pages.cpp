// Nothing outside the elements is touched. Every run of this suite stands between guard pages; here
// every row (or pixel) of src and dst stands in a page of its own, with protected pages between them.
#include "support/doctest.hpp"

#include <sys/mman.h>

#include <memory>

#include "support/chain_case.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/index_tensor.hpp"
#include "support/pool_indices.hpp"
#include "support/reference.hpp"
#include "support/response.hpp"
#include "support/training.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// Pages for `lines` lines, each between protected ones; a line ends or begins with its page.
class LinePages {
 public:
  LinePages(std::int64_t lines, std::int64_t line_bytes, bool at_end)
      : bytes_(static_cast<std::size_t>(2 * lines + 1) * page_bytes()) {
    memory_ = static_cast<char*>(mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    REQUIRE(static_cast<void*>(memory_) != MAP_FAILED);
    for (std::int64_t i = 0; i < lines; ++i)
      REQUIRE(mprotect(memory_ + static_cast<std::size_t>(2 * i + 1) * page_bytes(), page_bytes(),
                       PROT_READ | PROT_WRITE) == 0);
    first_ = memory_ + page_bytes() + (at_end ? page_bytes() - static_cast<std::size_t>(line_bytes) : 0);
  }
  ~LinePages() { munmap(memory_, bytes_); }
  LinePages(const LinePages&) = delete;
  LinePages& operator=(const LinePages&) = delete;

  char* first() const { return first_; }
  static std::int64_t pitch_bytes() { return static_cast<std::int64_t>(2 * page_bytes()); }

 private:
  std::size_t bytes_;
  char* memory_;
  char* first_;
};

// How a tensor's lines lie.
struct Lines {
  Layout layout;
  std::vector<std::int64_t> dims;
  bool at_end;
  StorePolicy store;
  ElementType type = ElementType::f32;

  int axis() const { return layout == Layout::nchw ? static_cast<int>(dims.size()) - 1 : 1; }
  std::int64_t length() const { return dims[static_cast<std::size_t>(axis())]; }
  TensorDesc packed_desc() const { return packed(layout, dims, type); }
  // The axis along which lines run has stride 1; all others count lines.
  TensorDesc desc() const {
    TensorDesc t = packed_desc();
    for (int i = 0; i < t.rank; ++i) {
      if (i != axis()) t.strides[i] = t.strides[i] / length() * (LinePages::pitch_bytes() / size_of(type));
    }
    return t;
  }
  Lines of(const std::vector<std::int64_t>& other_dims) const { return {layout, other_dims, at_end, store, type}; }
  PlanOptions on(Isa isa) const { return {isa, store}; }
};

struct LineTensor {
  TensorDesc desc;
  LinePages pages;

  explicit LineTensor(const Lines& l)
      : desc(l.desc()), pages(product(l.dims) / l.length(), l.length() * size_of(l.type), l.at_end) {}
  LineTensor(const Lines& l, const Dense& values) : LineTensor(l) { write(values); }
  char* at(std::int64_t offset) const { return pages.first() + offset * size_of(desc.type); }
  void* bytes() const { return pages.first(); }
  void write(const Dense& d) const {
    for_each_element(desc, [&](std::int64_t i, std::int64_t offset) { encode(desc.type, d.values[i], at(offset)); });
  }
  Dense read() const {
    Dense d(dims_of(desc));
    for_each_element(
        desc, [&](std::int64_t i, std::int64_t offset) { d.values[i] = static_cast<float>(decode(desc.type, at(offset))); });
    return d;
  }
};

template <class Plan, class Call>
void run_plan(const Result<Plan>& plan, Call call) {
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const Workspace workspace(plan.value, serial_executor());
  const Status status = call(plan.value, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
}

void check_pool_lines(PoolDesc desc, const Lines& lines) {
  desc.src = lines.packed_desc();
  INFO(text_of(desc), " at_end ", lines.at_end);
  Random random(1);
  const Dense x = make_values(desc.src, Values::signed_uniform, random), expected = reference::pool(desc, x);
  const LineTensor src(lines, x), dst(lines.of(expected.dims));
  desc.src = src.desc;
  desc.dst = dst.desc;
  for_each_isa([&](Isa isa) {
    dst.write(Dense(expected.dims));
    run_plan(PoolPlan::make(desc, lines.on(isa)), [&](const PoolPlan& plan, const RunContext& context) {
      return plan.run(static_cast<const void*>(src.bytes()), dst.bytes(), context);
    });
    CHECK(difference(dst.read(), expected) == "");
  });
}

void check_indices_lines(const Window& window, const Lines& lines) {
  MaxIndicesDesc desc;
  desc.pool = pool_desc(PoolOp::max, lines.packed_desc(), window);
  INFO(text_of(desc.pool), " at_end ", lines.at_end);
  const Dense x = make_values(lines.dims, Values::integers, 1);
  const WithIndices expected = reference::max_indices(desc, x);
  std::int64_t none = 0;
  const Dense gradient = reference::scatter(desc, true, expected.dst, expected.indices, none);
  const LineTensor src(lines, x), dst(lines.of(expected.dst.dims)), back(lines);
  desc.pool.src = src.desc;
  desc.pool.dst = dst.desc;
  for_each_isa([&](Isa isa) {
    const Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(desc, lines.on(isa));
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const IndexTensor indices(plan->indices(), desc.index_type);
    dst.write(Dense(expected.dst.dims));
    run_plan(plan, [&](const MaxIndicesPlan& p, const RunContext& context) {
      return p.run(static_cast<const void*>(src.bytes()), dst.bytes(), indices.data(), context);
    });
    CHECK(difference(dst.read(), expected.dst) == "");
    CHECK(difference(indices.read(), expected.indices) == "");
    run_plan(MaxPoolBackwardPlan::make(desc, lines.on(isa)), [&](const MaxPoolBackwardPlan& p, const RunContext& context) {
      return p.run(static_cast<const void*>(dst.bytes()), indices.data(), back.bytes(), context);
    });
    CHECK(difference(back.read(), gradient) == "");
  });
}

void check_norm_lines(const Lines& lines) {
  NormCase norm = norm_case(lines.packed_desc());
  add_residual(norm, norm.src);
  norm.activation = relu();
  const Dense expected = norm.expected();
  const LineTensor src(lines, norm.x), residual(lines, norm.r), dst(lines);
  norm.src = src.desc;
  norm.residual = norm.dst = dst.desc;
  for_each_isa([&](Isa isa) {
    run_plan(NormPlan::make(norm.batch_norm(), lines.on(isa)), [&](const NormPlan& plan, const RunContext& context) {
      return plan.run(src.bytes(), residual.bytes(), dst.bytes(), context);
    });
    CHECK(difference(dst.read(), expected) == "");
  });
}

// With its intermediate.
void check_chain_lines(const Lines& lines) {
  const NormCase norm = norm_case(lines.packed_desc());
  ChainCase c;
  c.shapes.src = c.shapes.intermediate = lines.desc();
  c.x = norm.x;
  c.before.form = AffineValues::Form::batch_norm;
  for (int i = 0; i < 4; ++i) c.before.values[i] = norm.parameters[i];
  c.shapes.activation = hard_swish();
  c.shapes.add(PoolOp::max, Window(3, 1, 1));
  c.shapes.add_global(PoolOp::average);
  const ChainOutputs expected = c.expected();
  const LineTensor src(lines, c.x), t(lines), pooled(lines.of(expected.dst[0].dims)), mean(lines.of(expected.dst[1].dims));
  c.shapes.pools[0].pool.dst = pooled.desc;
  c.shapes.pools[1].pool.dst = mean.desc;
  ChainData data;
  data.src = src.bytes();
  data.intermediate = t.bytes();
  data.dst[0] = pooled.bytes();
  data.dst[1] = mean.bytes();
  for_each_isa([&](Isa isa) {
    run_plan(ChainPlan::make(c.desc(), lines.on(isa)),
             [&](const ChainPlan& plan, const RunContext& context) { return plan.run(data, context); });
    CHECK(difference({t.read(), {pooled.read(), mean.read()}}, expected) == "");
  });
}

void check_training_lines(const Lines& lines) {
  TrainingCase c = training_case(lines.packed_desc(), normal_values(lines.dims, 1, 2));
  c.desc.residual = c.desc.src;
  c.r = normal_values(lines.dims, 0, 1, 7);
  c.desc.activation = relu();
  const Dense expected = c.expected().y;
  const LineTensor src(lines, c.x), residual(lines, c.r), dst(lines);
  c.desc.src = c.desc.residual = c.desc.dst = src.desc;
  BatchNormTrainingData data;
  data.src = src.bytes();
  data.residual = residual.bytes();
  data.dst = dst.bytes();
  data.gamma = c.gamma;
  data.beta = c.beta;
  for_each_isa([&](Isa isa) {
    run_plan(BatchNormTrainingPlan::make(c.desc, lines.on(isa)),
             [&](const BatchNormTrainingPlan& plan, const RunContext& context) { return plan.run(data, context); });
    CHECK(difference(dst.read(), expected) == "");
  });
}

// Of a packed tensor's bits, which are the same everywhere.
void check_response_lines(const Lines& lines) {
  ResponseCaseOf<float> c;
  c.desc.src = lines.packed_desc();
  c.x = make_values(lines.dims, Values::signed_uniform, 1);
  const Dense expected = c.run({});
  const LineTensor src(lines, c.x), dst(lines);
  c.desc.src = c.desc.dst = src.desc;
  for_each_isa([&](Isa isa) {
    run_plan(LocalResponseNormPlan::make(c.desc, lines.on(isa)),
             [&](const LocalResponseNormPlan& plan, const RunContext& context) {
               return plan.run(static_cast<const void*>(src.bytes()), dst.bytes(), context);
             });
    CHECK(difference(dst.read(), expected) == "");
  });
}

template <class F>
void for_each_line_length(F f) {
  const auto page_floats = static_cast<std::int64_t>(page_bytes() / sizeof(float));
  for (Layout layout : layouts) {
    for (bool at_end : {false, true}) {
      for (std::int64_t length : {std::int64_t{1}, std::int64_t{2}, std::int64_t{3}, std::int64_t{7}, std::int64_t{8},
                                  std::int64_t{15}, std::int64_t{16}, std::int64_t{17}, std::int64_t{31},
                                  std::int64_t{33}, std::int64_t{67}, page_floats - 1, page_floats}) {
        const StorePolicy store = at_end ? StorePolicy::streaming : StorePolicy::cached;
        if (layout == Layout::nchw) f({layout, {1, 2, 5, length}, at_end, store});
        // One channel counts as NCHW, where a row is contiguous.
        if (layout == Layout::nhwc && length > 1) f({layout, {1, length, 4, 5}, at_end, store});
      }
    }
  }
}

}  // namespace

TEST_CASE("pools touch nothing between rows or pixels") {
  for_each_line_length([](const Lines& lines) {
    for (PoolOp op : pool_ops) {
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(2, 2, 1), Window(1, 1),
                                   Window({2, 1}, {3, 4}), Window(3, 1, 2, 2), Window({5, 17}, 1, {2, 8})})
        check_pool_lines(pool_desc(op, {}, window), lines);
      check_pool_lines(global_desc(op, {}), lines);
      check_pool_lines(adaptive_desc(op, {}, {2, 1}), lines);
      check_pool_lines(adaptive_desc(op, {}, {7, 6}), lines);
    }
  });
}

TEST_CASE("pools of other types and Lp pools touch nothing between rows or pixels") {
  for_each_line_length([](Lines lines) {
    const auto check = [&](const PoolDesc& pool) {
      for (const Window& window : {Window(3, 2, 1), Window({5, 17}, 1, {2, 8})}) {
        PoolDesc sliding = pool;
        sliding.kind = PoolKind::sliding;
        sliding.window = window;
        check_pool_lines(sliding, lines);
      }
      check_pool_lines(pool, lines);
    };
    for (double p : powers) {
      PoolDesc pool = global_desc(PoolOp::lp, {});
      pool.p = p;
      check(pool);
    }
    for (ElementType type : {ElementType::f16, ElementType::u8}) {
      lines.type = type;
      for (PoolOp op : {PoolOp::max, PoolOp::average}) check(global_desc(op, {}));
    }
  });
}

TEST_CASE("max with indices, and back, touch nothing between rows or pixels") {
  for_each_line_length([](const Lines& lines) {
    for (const Window& window : {Window(2, 2, 1), Window(3, 1, 1), Window(3, 2, 1)}) check_indices_lines(window, lines);
  });
}

TEST_CASE("norms touch nothing between rows or pixels") { for_each_line_length(check_norm_lines); }

TEST_CASE("chains touch nothing between rows or pixels") { for_each_line_length(check_chain_lines); }

TEST_CASE("batch norm in training touches nothing between rows or pixels") { for_each_line_length(check_training_lines); }

TEST_CASE("local response norm touches nothing between rows or pixels") { for_each_line_length(check_response_lines); }
