// Gradients of batch, group and instance norm: bit for bit against the reference, and against finite
// differences in f64.
#include "support/doctest.hpp"

#include <cmath>

#include "support/backward.hpp"
#include "support/cases.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Dims1 = std::vector<std::int64_t>;

BackwardCase any_case(Layout layout, const Dims1& dims, std::int64_t groups = 0) {
  return backward_case(packed(layout, dims), normal_values(dims, 3, 2), groups);
}

void add_mask(BackwardCase& c, std::uint64_t seed = 4) {
  Random random(seed);
  c.passed.resize(c.x.values.size());
  for (std::size_t i = 0; i < c.passed.size(); ++i) c.passed[i] = random.chance(60);
}

// The norm in double, for one choice of x and gamma.
double loss(const BackwardCase& c, const std::vector<double>& x, const std::vector<double>& gamma,
            const std::vector<double>& beta) {
  const std::int64_t n = c.x.dims[0], channels = c.x.dims[1], spatial = product(c.x.dims) / (n * channels);
  const std::int64_t group = c.groups == 0 ? 1 : channels / c.groups;
  const auto set_of = [&](std::int64_t i) {
    const std::int64_t channel = i / spatial % channels / group, image = i / spatial / channels;
    return c.groups == 0 ? channel : image * c.groups + channel;
  };
  std::vector<double> sum(x.size()), square(x.size()), count(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum[set_of(i)] += x[i];
    ++count[set_of(i)];
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double d = x[i] - sum[set_of(i)] / count[set_of(i)];
    square[set_of(i)] += d * d;
  }
  double total = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t s = set_of(i), channel = static_cast<std::int64_t>(i) / spatial % channels;
    const double y = (x[i] - sum[s] / count[s]) / std::sqrt(square[s] / count[s] + 1e-5) * gamma[channel] + beta[channel];
    if (c.passed.empty() || c.passed[i]) total += y * static_cast<double>(c.dy.values[i]);
  }
  return total;
}

void check_differences(const BackwardCase& c) {
  const BackwardResult got = c.run({});
  std::vector<double> x(c.x.values.begin(), c.x.values.end()), gamma(c.gamma.begin(), c.gamma.end());
  std::vector<double> beta(gamma.size(), 0.3);
  const auto difference_at = [&](double& value) {
    const double kept = value, step = 1e-5;
    value = kept + step;
    const double above = loss(c, x, gamma, beta);
    value = kept - step;
    const double below = loss(c, x, gamma, beta);
    value = kept;
    return (above - below) / (2 * step);
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    CHECK(std::fabs(static_cast<double>(got.grad_src.values[i]) - difference_at(x[i])) < 2e-6);
  }
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    CHECK(std::fabs(static_cast<double>(got.grad_gamma[i]) - difference_at(gamma[i])) < 1e-5);
    CHECK(std::fabs(static_cast<double>(got.grad_beta[i]) - difference_at(beta[i])) < 1e-5);
  }
}

}  // namespace

TEST_CASE("backward: any shape in both layouts, training and inference, with and without a mask") {
  for (Layout layout : layouts) {
    for (const Dims1& dims : {Dims1{1, 1, 2}, Dims1{7, 5, 3, 3}, Dims1{130, 9}, Dims1{3, 17, 7, 7}, Dims1{33, 20, 2, 2},
                              Dims1{2, 19, 9, 8}, Dims1{1, 3, 32, 33}, Dims1{5, 130, 33, 1}, Dims1{2, 2, 67, 61},
                              Dims1{3, 4, 5, 6, 7}, Dims1{9, 257, 2, 3}, Dims1{1, 1100, 3, 3}}) {
      for (bool training : {true, false}) {
        INFO(dims_text(dims), " ", std::string(name(layout)), " training ", training);
        BackwardCase c = any_case(layout, dims);
        c.training = training;
        check_backward(c);
        check_backward(c, {}, GradDst::grad_src);
        add_mask(c);
        check_backward(c);
        check_backward(c, {}, GradDst::grad_src);
        c.grad_residual = c.src;
        check_backward(c);
        check_backward(c, {}, GradDst::grad_residual);
        c.gamma.clear();
        c.mean_low.clear();
        check_backward(c);
      }
    }
  }
}

TEST_CASE("backward: group and instance norm") {
  for (Layout layout : layouts) {
    for (const auto& shape : std::vector<std::pair<Dims1, std::int64_t>>{
             {{2, 6, 5, 7}, 3}, {{2, 6, 5, 7}, 1}, {{3, 6, 40}, 6}, {{3, 12}, 3}, {{2, 34, 3, 3, 3}, 17},
             {{1, 64, 33, 32}, 32}, {{9, 40, 21, 20}, 8}, {{70, 3, 4, 4}, 3},
             {{2, 1100, 3, 3}, 1100}, {{1, 1104, 3, 3}, 4}}) {
      const auto& dims = shape.first;
      const std::int64_t groups = shape.second;
      INFO(dims_text(dims), " groups ", groups, " ", std::string(name(layout)));
      check_backward(any_case(layout, dims, groups));
    }
  }
}

TEST_CASE("backward: strides and executors") {
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const Layout layout = random.pick({Layout::nchw, Layout::nhwc});
    const auto dims = random.pick<Dims1>({{3, 18, 7, 9}, {2, 5, 12, 35}, {70, 9, 2, 2}, {2, 3, 4, 5, 6}, {2, 33, 40, 41}});
    BackwardCase c = any_case(layout, dims);
    c.src = random_strides(layout, dims, random);
    c.grad_dst = random_strides(layout, dims, random);
    c.grad_src = random_strides(layout, dims, random);
    if (random.chance(60)) {
      add_mask(c);
      if (random.chance(50)) c.grad_residual = random_strides(layout, dims, random);
    }
    INFO(text_of(c.src), " ", text_of(c.grad_dst), " ", text_of(c.grad_src));
    check_backward(c, random_how(Isa::best, product(dims), random));
  }
  for (Layout layout : layouts) {
    for (const auto& shape : std::vector<std::pair<Dims1, std::int64_t>>{
             {{5, 3, 83, 61}, 0}, {{3, 150, 29, 31}, 0}, {{1024, 70}, 0}, {{1, 6, 210, 200}, 0}, {{9, 40, 41, 20}, 8},
             {{2, 1104, 3, 5}, 0}, {{1, 1100, 3, 3}, 0}, {{40, 1044, 4, 4}, 0}}) {
      const auto& dims = shape.first;
      const std::int64_t groups = shape.second;
      BackwardCase c = any_case(layout, dims, groups);
      if (groups == 0) add_mask(c);
      BackwardResult expected = c.expected();
      expected.grad_residual = {};
      for (const NamedExecutor& named : host_executors()) {
        INFO(named.name, " ", dims_text(dims), " ", std::string(name(layout)));
        How how;
        how.executor = named.executor;
        CHECK(difference(c.run(how), expected) == "");
      }
    }
  }
}

TEST_CASE("backward agrees with finite differences") {
  for (Layout layout : layouts) {
    for (std::int64_t groups : {0, 1, 2, 4}) {
      BackwardCase c = any_case(layout, {3, 4, 3, 5}, groups);
      check_differences(c);
      if (groups != 0) continue;
      add_mask(c);
      check_differences(c);
    }
  }
}

TEST_CASE("the forward mask serves backward as it is") {
  for (Layout layout : layouts) {
    const Dims1 dims = {3, 13, 7, 5};
    TrainingCase forward = training_case(packed(layout, dims), normal_values(dims, 1, 2));
    forward.desc.activation = relu();
    forward.desc.mask = true;
    forward.desc.residual = forward.desc.src;
    forward.r = normal_values(dims, 0, 1);
    const TrainingResult y = forward.run({});
    BackwardCase c = any_case(layout, dims);
    c.passed = y.passed;
    for (std::size_t i = 0; i < y.passed.size(); ++i) CHECK(y.passed[i] == (y.y.values[i] > 0));
    check_backward(c);
  }
}
