// Nothing outside the elements is touched. Every run of this suite stands between guard pages; here
// every row (or pixel) of src and dst stands in a page of its own, with protected pages between them.
#include "support/doctest.hpp"

#include <sys/mman.h>

#include <memory>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// Pages for `lines` lines, each between protected ones; a line ends or begins with its page.
class LinePages {
 public:
  LinePages(std::int64_t lines, std::int64_t line_floats, bool at_end)
      : bytes_(static_cast<std::size_t>(2 * lines + 1) * page_bytes()) {
    memory_ = static_cast<char*>(mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    REQUIRE(static_cast<void*>(memory_) != MAP_FAILED);
    for (std::int64_t i = 0; i < lines; ++i)
      REQUIRE(mprotect(memory_ + static_cast<std::size_t>(2 * i + 1) * page_bytes(), page_bytes(),
                       PROT_READ | PROT_WRITE) == 0);
    const std::size_t shift = at_end ? page_bytes() - static_cast<std::size_t>(line_floats) * sizeof(float) : 0;
    first_ = reinterpret_cast<float*>(memory_ + page_bytes() + shift);
  }
  ~LinePages() { munmap(memory_, bytes_); }
  LinePages(const LinePages&) = delete;
  LinePages& operator=(const LinePages&) = delete;

  float* first() const { return first_; }
  static std::int64_t pitch() { return static_cast<std::int64_t>(2 * page_bytes() / sizeof(float)); }

 private:
  std::size_t bytes_;
  char* memory_;
  float* first_;
};

// The axis along which lines run has stride 1; all others count lines, `pitch` floats apart.
TensorDesc line_desc(Layout layout, const std::vector<std::int64_t>& dims) {
  TensorDesc t = packed(layout, dims);
  const std::int64_t line = layout == Layout::nchw ? dims.back() : dims[1];
  for (int i = 0; i < t.rank; ++i) {
    if (i != (layout == Layout::nchw ? t.rank - 1 : 1)) t.strides[i] = t.strides[i] / line * LinePages::pitch();
  }
  return t;
}

struct LineTensor {
  TensorDesc desc;
  LinePages pages;

  LineTensor(Layout layout, const std::vector<std::int64_t>& dims, bool at_end)
      : desc(line_desc(layout, dims)), pages(product(dims) / line(layout, dims), line(layout, dims), at_end) {}
  static std::int64_t line(Layout layout, const std::vector<std::int64_t>& dims) {
    return layout == Layout::nchw ? dims.back() : dims[1];
  }
  void write(const Dense& d) {
    for_each_element(desc, [&](std::int64_t i, std::int64_t offset) { pages.first()[offset] = d.values[i]; });
  }
  Dense read() const {
    Dense d(dims_of(desc));
    for_each_element(desc, [&](std::int64_t i, std::int64_t offset) { d.values[i] = pages.first()[offset]; });
    return d;
  }
};

void check_pool_lines(PoolDesc desc, Layout layout, const std::vector<std::int64_t>& dims, bool at_end,
                      StorePolicy store) {
  desc.src = packed(layout, dims);
  INFO(text_of(desc), " at_end ", at_end);
  const Dense x = make_values(dims, Values::signed_uniform, 1);
  const Dense expected = reference::pool(desc, x);
  LineTensor src(layout, dims, at_end), dst(layout, expected.dims, at_end);
  src.write(x);
  desc.src = src.desc;
  desc.dst = dst.desc;
  for_each_isa([&](Isa isa) {
    Result<PoolPlan> plan = PoolPlan::make(desc, {isa, store});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
    dst.write(Dense(expected.dims));
    const Status status =
        plan->run(src.pages.first(), dst.pages.first(), {serial_executor(), workspace.data(), workspace.size()});
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    CHECK(difference(dst.read(), expected) == "");
  });
}

void check_norm_lines(Layout layout, const std::vector<std::int64_t>& dims, bool at_end, StorePolicy store) {
  NormCase norm = norm_case(packed(layout, dims));
  add_residual(norm, norm.src);
  norm.activation = relu();
  const Dense expected = norm.expected();
  LineTensor src(layout, dims, at_end), residual(layout, dims, at_end), dst(layout, dims, at_end);
  src.write(norm.x);
  residual.write(norm.r);
  norm.src = src.desc;
  norm.residual = norm.dst = dst.desc;
  for_each_isa([&](Isa isa) {
    Result<NormPlan> plan = NormPlan::make(norm.batch_norm(), {isa, store});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    const Status status =
        plan->run(src.pages.first(), residual.pages.first(), dst.pages.first(), {serial_executor(), nullptr, 0});
    REQUIRE_MESSAGE(status.ok(), message_of(status));
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
        if (layout == Layout::nchw) f(layout, std::vector<std::int64_t>{1, 2, 5, length}, at_end, store);
        // One channel counts as NCHW, where a row is contiguous.
        if (layout == Layout::nhwc && length > 1) f(layout, std::vector<std::int64_t>{1, length, 4, 5}, at_end, store);
      }
    }
  }
}

}  // namespace

TEST_CASE("pools touch nothing between rows or pixels") {
  for_each_line_length([](Layout layout, const std::vector<std::int64_t>& dims, bool at_end, StorePolicy store) {
    for (PoolOp op : pool_ops) {
      for (const Window& window : {Window(3, 1, 1), Window(3, 2, 1), Window(2, 2, 1), Window(1, 1),
                                   Window({2, 1}, {3, 4}), Window(3, 1, 2, 2), Window({5, 17}, 1, {2, 8})})
        check_pool_lines(pool_desc(op, {}, window), layout, dims, at_end, store);
      check_pool_lines(global_desc(op, {}), layout, dims, at_end, store);
      check_pool_lines(adaptive_desc(op, {}, {2, 1}), layout, dims, at_end, store);
      check_pool_lines(adaptive_desc(op, {}, {7, 6}), layout, dims, at_end, store);
    }
  });
}

TEST_CASE("norms touch nothing between rows or pixels") { for_each_line_length(check_norm_lines); }
