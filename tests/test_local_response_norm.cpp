// Local response norm: by hand, within the stated bound of long double, and the same bits for every instruction set,
// layout, stride, number of threads and in place.
#include "support/doctest.hpp"

#include <cmath>
#include <limits>

#include "support/bits_file.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/executors.hpp"
#include "support/refusal.hpp"
#include "support/response.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// One pixel.
void check_values(LocalResponseNormDesc desc, const std::vector<float>& x, const std::vector<float>& expected) {
  desc.src = nchw({1, static_cast<std::int64_t>(x.size()), 1});
  const Dense y({1, desc.src.dims[1], 1}, expected);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(ResponseCaseOf<float>{desc, Dense(y.dims, x)}.run(how), y) == "");
  });
}

// On every ISA, in both layouts, by threads, in place: the bits.
template <class T>
DenseOf<T> run_everywhere(LocalResponseNormDesc desc, const DenseOf<T>& x) {
  INFO(text_of(desc));
  DenseOf<T> first;
  for (Layout layout : layouts) {
    desc.src = packed(layout, dims_of(desc.src), desc.src.type);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      const ResponseCaseOf<T> c{desc, x};
      if (first.values.empty()) first = c.run(how);
      CHECK(difference(c.run(how), first) == "");
      how.executor = openmp_executor(3);
      CHECK(difference(c.run(how, Alias::src), first) == "");
    });
  }
  return first;
}

template <class T>
void check_bounded(const LocalResponseNormDesc& desc, const DenseOf<T>& x) {
  const reference::Bounds b = ResponseCaseOf<T>{desc, x}.bounds();
  CHECK(difference(run_everywhere(desc, x), b.exact, b.bound) == "");
}

void check_types(LocalResponseNormDesc desc, Values kind) {
  Random random(5);
  const Dense x = make_values(dims_of(desc.src), kind, random);
  check_bounded(desc, x);
  for (const ElementType type : {ElementType::f16, ElementType::bf16}) {  // f32's, rounded once more
    TensorDesc like = desc.src;
    like.type = type;
    const Dense narrow = make_values(like, kind, random);
    desc.src.type = ElementType::f32;
    Dense expected = ResponseCaseOf<float>{desc, narrow}.run({});
    for (float& v : expected.values) v = stored(type, v);
    desc.src.type = type;
    CHECK(difference(run_everywhere(desc, narrow), expected) == "");
  }
  if (kind == Values::special) return;  // f64 overflows earlier than long double
  desc.src.type = ElementType::f64;
  check_bounded(desc, finer(x, random));
}

}  // namespace

TEST_CASE("local response norm by hand") {
  // Squares 1 4 9 16: two channels, three channels, all of them.
  const std::vector<float> x = {1, -2, 3, -4};
  LocalResponseNormDesc d = response_desc({}, 2, 2, 1, 0);
  check_values(d, x, {1, -2.0f / 5, 3.0f / 13, -4.0f / 25});  // one below, as PyTorch has it
  d.window = ResponseWindow::upper;
  check_values(d, x, {1.0f / 5, -2.0f / 13, 3.0f / 25, -4.0f / 16});  // one above, as ONNX has it
  check_values(response_desc({}, 3, 3, 1, 1), x, {1.0f / 6, -2.0f / 15, 3.0f / 30, -4.0f / 26});
  check_values(response_desc({}, 9, 9, 1, 2), x, {1.0f / 32, -2.0f / 32, 3.0f / 32, -4.0f / 32});
  check_values(response_desc({}, 1000000007, 0, 0.5, 4), x, {0.5f, -1, 1.5f, -2});
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  check_values(response_desc({}, 3), {0, -0.0f, inf, -3, 0, 0, nan, 1, -0.0f},
               {0, -0.0f, nan, -0.0f, 0, nan, nan, nan, -0.0f});
  check_values(response_desc({}, 1, 1, 0.5, 0), {0, 3e38f, -1e-30f}, {nan, 1, -1});  // squares that f32 has not
}

TEST_CASE("local response norm: bases that are no normal numbers, beside others") {
  // x / (x * x)^beta, of squares that are denormal, infinite or 0 here and there.
  Dense64 x({1, 29, 3});
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const double values[] = {1.5, 1e-158, -3, 1e200, 0.1, -1e-161, 1e-30, 0, 2, 7};
    x.values[i] = values[i % 10];
  }
  for (const double beta : {0.5, 0.75, 1.0, 1.3}) {
    const Dense64 y = run_everywhere(response_desc(nchw({1, 29, 3}, ElementType::f64), 1, 1, beta, 0), x);
    for (std::size_t i = 0; i < x.values.size(); ++i) {
      const long double base = x.values[i] * x.values[i];
      if (beta >= 1 && base > 0 && base < 0x1p-1022L) continue;  // 1 / base is no number of f64
      const double expected = static_cast<double>(x.values[i] / std::pow(base, static_cast<long double>(beta)));
      INFO("beta ", beta, " x ", x.values[i], " got ", y.values[i], " expected ", expected);
      CHECK((x.values[i] == 0 ? std::isnan(y.values[i])
                              : std::fabs(y.values[i] - expected) <= std::fabs(expected) * 0x1p-49));
    }
  }
}

TEST_CASE("local response norm: every size and number of channels") {
  for (const std::int64_t channels : {1, 2, 3, 5, 8, 19, 64}) {
    for (const std::int64_t size : {1, 2, 3, 4, 5, 8, 100}) {
      LocalResponseNormDesc desc = response_desc(nchw({2, channels, 5, 7}), size, 0.3, 0.75, 2);
      check_bounded(desc, make_values(dims_of(desc.src), Values::signed_uniform, 3));
      desc.window = ResponseWindow::upper;
      check_bounded(desc, make_values(dims_of(desc.src), Values::wide, 4));
    }
  }
}

TEST_CASE("local response norm: every shape, type and power") {
  for (const std::vector<std::int64_t>& dims :
       {std::vector<std::int64_t>{3, 40}, {2, 6, 33}, {2, 20, 9, 11}, {1, 700, 3, 3}, {2, 3, 4, 5, 6}}) {
    for (const double beta : {0.5, 0.75, 1.0, 2.3, 0x1p-10}) {
      for (const Values kind : {Values::signed_uniform, Values::special}) {
        check_types(response_desc(packed(Layout::nchw, dims), 5, 1e-2, beta, 1), kind);
      }
    }
  }
  check_types(response_desc(nchw({1, 3, 60, 70}), 3), Values::wide);
}

TEST_CASE("local response norm: strides") {
  Random random(9);
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 9, 33}, {3, 12, 7, 5}, {2, 5, 3, 4, 6}}) {
      LocalResponseNormDesc desc = response_desc(packed(layout, dims), 4);
      const Dense x = make_values(dims, Values::signed_uniform, random);
      const Dense expected = ResponseCaseOf<float>{desc, x}.run({});
      for (int i = 0; i < 8; ++i) {
        desc.src = random_strides(layout, dims, random);
        desc.dst = random_strides(layout, dims, random);
        INFO(text_of(desc));
        for_each_isa([&](Isa isa) {
          const ResponseCaseOf<float> c{desc, x};
          CHECK(difference(c.run(random_how(isa, product(dims), random)), expected) == "");
        });
      }
    }
  }
}

TEST_CASE("the bits of local response norms") {
  BitsFile file;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (const double beta : {0.5, 0.75}) {
      const LocalResponseNormDesc desc = response_desc(nhwc({2, 19, 13, 21}), 5, 1e-2, beta, 1);
      file.check("local response norm of " + std::to_string(beta) + " {2,19,13,21}",
                 ResponseCaseOf<float>{desc, make_values(dims_of(desc.src), Values::wide, 77)}.run(how));
    }
  });
}

TEST_CASE("local response norm says how it is done") {
  const auto plan = LocalResponseNormPlan::make(response_desc(nhwc({1, 20, 9, 9}), 4));
  REQUIRE(plan.ok());
  CHECK(contains(explain(plan.value), "local response norm type=f32 isa="));
  CHECK(contains(explain(plan.value), "channels=last window=-2..1 accumulate=f64"));
}

TEST_CASE("local response norm: refusals") {
  const LocalResponseNormDesc good = response_desc(nchw({1, 4, 9, 9}), 5);
  const auto message = [&](auto change) {
    LocalResponseNormDesc d = good;
    change(d);
    return message_of(LocalResponseNormPlan::make(d));
  };
  using D = LocalResponseNormDesc&;
  check_numbers_refused<LocalResponseNormDesc>(message);
  CHECK(contains(message([](D d) { d.dst = nchw({1, 4, 9, 8}); }), "dst.dims[3] is 8"));
  CHECK(contains(message([](D d) { d.dst = nchw({1, 4, 9, 9}, ElementType::f16); }), "dst.type is f16"));
  CHECK(contains(message([](D d) { d.dst = nhwc({1, 4, 9, 9}); }), "dst.strides: neither C nor the last spatial dim"));
  CHECK(contains(message([](D d) {
                   d.dst = d.src;
                   d.dst.strides[1] = 40;
                 }),
                 "elements of dst overlap"));

  const Dense x = make_values({1, 4, 9, 9}, Values::signed_uniform, 1);
  const Tensor src(good.src, x), dst(good.src);
  constexpr StatusCode invalid = StatusCode::invalid_argument;
  check_message(local_response_norm(good, nullptr, dst.data()), invalid, {"src is null"});
  check_message(local_response_norm(good, src.data(), nullptr), invalid, {"dst is null"});
  const auto plan = LocalResponseNormPlan::make(good);
  std::vector<float> memory(400);
  std::vector<char> workspace(plan.value.workspace_bytes(serial_executor()));
  RunContext context{serial_executor(), workspace.data(), workspace.size()};
  check_message(plan.value.run(memory.data(), memory.data() + 9, context), invalid, {"src and dst overlap in part"});
  context.workspace_bytes -= 1;
  check_message(plan.value.run(src.data(), dst.data(), context), invalid, {"workspace"});
  CHECK(dst.untouched());
  CHECK(local_response_norm(good, src.data(), dst.data()).ok());
}
