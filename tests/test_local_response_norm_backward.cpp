// The gradient of local response norm: by hand, within the stated bound of long double, against finite differences of
// the forward plan, and the same bits for every instruction set, layout, stride, number of threads and in place.
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
#include "support/response_backward.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Desc = LocalResponseNormBackwardDesc;

// One pixel.
void check_values(Desc desc, const std::vector<float>& x, const std::vector<float>& dy,
                  const std::vector<float>& expected) {
  desc.src = nchw({1, static_cast<std::int64_t>(x.size()), 1});
  const Dense dx(dims_of(desc.src), expected);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const ResponseBackwardCaseOf<float> c{desc, Dense(dx.dims, x), Dense(dx.dims, dy)};
    CHECK(difference(c.run(how), dx) == "");
  });
}

// On every ISA, in both layouts, by threads, in place: the bits.
template <class T>
DenseOf<T> run_everywhere(Desc desc, const DenseOf<T>& x, const DenseOf<T>& dy) {
  INFO(text_of(desc));
  DenseOf<T> first;
  for (Layout layout : layouts) {
    desc.src = packed(layout, dims_of(desc.src), desc.src.type);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      const ResponseBackwardCaseOf<T> c{desc, x, dy};
      if (first.values.empty()) first = c.run(how);
      CHECK(difference(c.run(how), first) == "");
      CHECK(difference(c.run(how, Alias::src), first) == "");
      how.executor = openmp_executor(3);
      CHECK(difference(c.run(how, Alias::residual), first) == "");
    });
  }
  return first;
}

template <class T>
void check_bounded(const Desc& desc, const DenseOf<T>& x, const DenseOf<T>& dy) {
  const reference::Bounds b = ResponseBackwardCaseOf<T>{desc, x, dy}.bounds();
  CHECK(difference(run_everywhere(desc, x, dy), b.exact, b.bound) == "");
}

void check_types(Desc desc) {
  Random random(5);
  const Values kind = Values::signed_uniform;
  const Dense x = make_values(dims_of(desc.src), kind, random), dy = make_values(dims_of(desc.src), kind, random);
  check_bounded(desc, x, dy);
  for (const ElementType type : {ElementType::f16, ElementType::bf16}) {  // f32's, rounded once more
    TensorDesc like = desc.src;
    like.type = type;
    const Dense narrow_x = make_values(like, kind, random), narrow_dy = make_values(like, kind, random);
    desc.src.type = ElementType::f32;
    Dense expected = ResponseBackwardCaseOf<float>{desc, narrow_x, narrow_dy}.run({});
    for (float& v : expected.values) v = stored(type, v);
    desc.src.type = type;
    CHECK(difference(run_everywhere(desc, narrow_x, narrow_dy), expected) == "");
  }
  desc.src.type = ElementType::f64;
  check_bounded(desc, finer(x, random), finer(dy, random));
}

}  // namespace

TEST_CASE("gradient of local response norm by hand") {
  const std::vector<float> x = {1, -2, 3, -4};
  // One below, as PyTorch has it: bases 1 5 13 25. One above, as ONNX has it: 5 13 25 16.
  Desc d = response_desc<Desc>({}, 2, 2, 1, 0);
  check_values(d, x, {0, 1, 0, 0}, {4.0f / 25, -3.0f / 25, 0, 0});
  d.window = ResponseWindow::upper;
  check_values(d, x, {0, 1, 0, 0}, {0, 5.0f / 169, 12.0f / 169, 0});
  check_values(response_desc<Desc>({}, 3, 3, 1, 1), x, {1, 0, 0, 0}, {1.0f / 9, 1.0f / 9, 0, 0});  // bases 6 15 30 26
  check_values(response_desc<Desc>({}, 1000000007, 0, 0.5, 4), x, {8, 6, -4, 2}, {4, 3, -2, 1});
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  for (const double beta : {0.5, 0.75, 1.0, 2.3}) {
    // An infinite input: its own share is NaN, which all whose windows it is in see, and no more.
    check_values(response_desc<Desc>({}, 3, 3, beta, 1), {0, inf, 1, 0, 0, 0}, {1, 1, 1, 0, 1, 1}, {nan, nan, nan, 0, 1, 1});
    check_values(response_desc<Desc>({}, 3, 3, beta, 0), {0, 0, 1, 0}, {0, 0, 0, 0}, {nan, nan, 0, 0});  // a base of 0
  }
}

TEST_CASE("gradient of local response norm: every size and number of channels") {
  for (const std::int64_t channels : {1, 2, 3, 8, 19, 64}) {
    for (const std::int64_t size : {1, 2, 3, 4, 5, 100}) {
      Desc desc = response_desc<Desc>(nchw({2, channels, 5, 7}), size, 0.3, 0.75, 2);
      const std::vector<std::int64_t> dims = dims_of(desc.src);
      check_bounded(desc, make_values(dims, Values::signed_uniform, 3), make_values(dims, Values::signed_uniform, 4));
      desc.window = ResponseWindow::upper;
      check_bounded(desc, make_values(dims, Values::wide, 5), make_values(dims, Values::signed_uniform, 6));
    }
  }
}

TEST_CASE("gradient of local response norm: every shape, type and power") {
  for (const std::vector<std::int64_t>& dims :
       {std::vector<std::int64_t>{3, 40}, {2, 6, 33}, {2, 20, 9, 11}, {1, 700, 3, 3}, {2, 3, 4, 5, 6}}) {
    for (const double beta : {0.5, 0.75, 1.0, 2.3, 0x1p-10}) {
      check_types(response_desc<Desc>(packed(Layout::nchw, dims), 5, 0.7, beta, 1));
    }
  }
  check_types(response_desc<Desc>(nchw({1, 3, 60, 70}), 3));
}

TEST_CASE("gradient of local response norm: strides") {
  Random random(9);
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{2, 9, 33}, {3, 12, 7, 5}, {2, 5, 3, 4, 6}}) {
      Desc desc = response_desc<Desc>(packed(layout, dims), 4);
      const Dense x = make_values(dims, Values::signed_uniform, random);
      const Dense dy = make_values(dims, Values::signed_uniform, random);
      const Dense expected = ResponseBackwardCaseOf<float>{desc, x, dy}.run({});
      for (int i = 0; i < 6; ++i) {
        for (TensorDesc* t : {&desc.src, &desc.grad_dst, &desc.grad_src}) *t = random_strides(layout, dims, random);
        INFO(text_of(desc));
        for_each_isa([&](Isa isa) {
          const ResponseBackwardCaseOf<float> c{desc, x, dy};
          CHECK(difference(c.run(random_how(isa, product(dims), random)), expected) == "");
        });
      }
    }
  }
}

TEST_CASE("gradient of local response norm: finite differences of the forward plan in f64") {
  const std::vector<std::int64_t> dims = {2, 9, 3, 2};
  Random random(11);
  const Dense64 x = finer(make_values(dims, Values::signed_uniform, random), random);
  const Dense64 dy = finer(make_values(dims, Values::signed_uniform, random), random);
  for (const ResponseWindow window : {ResponseWindow::lower, ResponseWindow::upper}) {
    for (const double beta : {0.5, 0.75, 1.0, 3.3}) {
      Desc desc = response_desc<Desc>(nchw(Dims({2, 9, 3, 2}), ElementType::f64), 4, 1.5, beta, 0.5);
      desc.window = window;
      const Dense64 dx = ResponseBackwardCaseOf<double>{desc, x, dy}.run({});
      const LocalResponseNormDesc forward{desc.src, {}, desc.size, desc.window, desc.alpha, desc.beta, desc.k};
      const auto f = [&](std::size_t i, double step) {
        Dense64 moved = x;
        moved.values[i] += step;
        const Dense64 y = ResponseCaseOf<double>{forward, moved}.run({});
        double sum = 0;
        for (std::size_t j = 0; j < y.values.size(); ++j) sum += y.values[j] * dy.values[j];
        return sum;
      };
      const double step = 0x1p-17;
      for (std::size_t i = 0; i < x.values.size(); i += 5) {
        CHECK(std::fabs((f(i, step) - f(i, -step)) / (2 * step) - dx.values[i]) < 1e-8);
      }
    }
  }
}

TEST_CASE("the bits of gradients of local response norms") {
  BitsFile file;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    for (const double beta : {0.75, 1.5}) {
      const Desc desc = response_desc<Desc>(nhwc({2, 19, 13, 21}), 5, 1e-2, beta, 1);
      const ResponseBackwardCaseOf<float> c{desc, make_values(dims_of(desc.src), Values::wide, 77),
                                            make_values(dims_of(desc.src), Values::signed_uniform, 78)};
      file.check("local response norm backward of " + std::to_string(beta) + " {2,19,13,21}", c.run(how));
    }
  });
}

TEST_CASE("gradient of local response norm says how it is done") {
  const auto plan = LocalResponseNormBackwardPlan::make(response_desc<Desc>(nhwc({1, 20, 9, 9}), 4));
  REQUIRE(plan.ok());
  CHECK(contains(explain(plan.value), "local response norm backward type=f32 isa="));
  CHECK(contains(explain(plan.value), "channels=last window=-2..1 accumulate=f64"));
}

TEST_CASE("gradient of local response norm: refusals") {
  const Desc good = response_desc<Desc>(nchw({1, 4, 9, 9}), 5);
  const auto message = [&](auto change) {
    Desc d = good;
    change(d);
    return message_of(LocalResponseNormBackwardPlan::make(d));
  };
  using D = Desc&;
  check_numbers_refused<Desc>(message);
  CHECK(contains(message([](D d) { d.grad_dst = nchw({1, 4, 9, 8}); }), "grad_dst.dims[3] is 8"));
  CHECK(contains(message([](D d) { d.grad_src = nchw({1, 4, 9, 9}, ElementType::f16); }), "grad_src.type is f16"));
  const std::string walk = ".strides: neither C nor the last spatial dim has stride 1 in every tensor";
  CHECK(message([](D d) { d.grad_dst = nhwc({1, 4, 9, 9}); }) == "grad_dst" + walk);
  CHECK(message([](D d) { d.grad_src = nhwc({1, 4, 9, 9}); }) == "grad_src" + walk);
  CHECK(message([](D d) {
          d.src = nchw({1, 4, 9, 18});
          d.src.dims[3] = 9;
          d.src.strides[3] = 2;
        }) == "src" + walk);
  CHECK(contains(message([](D d) {
                   d.grad_src = d.src;
                   d.grad_src.strides[1] = 40;
                 }),
                 "elements of grad_src overlap"));

  const auto plan = LocalResponseNormBackwardPlan::make(good);
  std::vector<float> x(400), dy(400), to(400);
  std::vector<char> workspace(plan.value.workspace_bytes(serial_executor()));
  RunContext context{serial_executor(), workspace.data(), workspace.size()};
  const auto run = [&](const float* src, const float* grad_dst, float* grad_src) {
    return message_of(plan.value.run(src, grad_dst, grad_src, context));
  };
  CHECK(run(nullptr, dy.data(), to.data()) == "src is null");
  CHECK(run(x.data(), nullptr, to.data()) == "grad_dst is null");
  CHECK(run(x.data(), dy.data(), nullptr) == "grad_src is null");
  CHECK(run(to.data() + 9, dy.data(), to.data()) == "src and grad_src overlap in part");
  CHECK(run(x.data(), to.data() + 9, to.data()) == "grad_dst and grad_src overlap in part");
  context.workspace_bytes -= 1;
  CHECK(contains(run(x.data(), dy.data(), to.data()), "workspace"));
  CHECK(to == std::vector<float>(400));
  context.workspace_bytes += 1;
  CHECK(run(x.data(), dy.data(), to.data()) == "");
}
