// What PyTorch says of norms with statistics of their input and of their gradients
// (golden/make_pytorch_norms.py): batch norm, group and instance norm, layer and RMS norm.
#include "support/doctest.hpp"

#include <algorithm>
#include <cmath>

#include "support/backward.hpp"
#include "support/compare.hpp"
#include "support/golden.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

class Golden {
 public:
  explicit Golden(const GoldenCase& golden) : golden_(golden) {}

  Dense floats(const char* name) const { return golden_.tensors.at(name).floats(); }
  std::vector<float> values(const char* name) const { return floats(name).values; }
  bool has(const char* name) const { return golden_.tensors.count(name) != 0; }
  float number(const char* name) const { return static_cast<float>(golden_.number(name, 0)); }
  bool flag(const char* name) const { return golden_.number(name, 0) != 0; }

  // To 2^-20 of the largest: saved statistics are f32, and terms cancel.
  void check(const char* name, const Dense& got) const {
    INFO(golden_.name, " ", name);
    const GoldenTensor& expected = golden_.tensors.at(name);
    double largest = 0;
    for (double v : expected.values) largest = std::max(largest, std::fabs(v));
    const std::vector<double> bound(expected.values.size(), largest * 0x1p-20);
    CHECK(difference(Dense(expected.dims, got.values), expected.values, bound) == "");
  }
  void check(const char* name, const std::vector<float>& got) const {
    check(name, Dense({static_cast<std::int64_t>(got.size())}, got));
  }

 private:
  const GoldenCase& golden_;
};

How on(Isa isa) {
  How how;
  how.isa = isa;
  return how;
}

void check_gradients(const Golden& g, const BackwardCase& c, Isa isa) {
  const BackwardResult got = c.run(on(isa));
  g.check("grad_src", got.grad_src);
  g.check("grad_gamma", got.grad_gamma);
  g.check("grad_beta", got.grad_beta);
  if (g.has("grad_residual")) g.check("grad_residual", got.grad_residual);
}

void check_batch_norm(const Golden& g, Layout layout) {
  const Dense x = g.floats("src");
  TrainingCase forward;
  forward.desc.src = packed(layout, x.dims);
  forward.desc.epsilon = g.number("epsilon");
  forward.desc.momentum = g.number("momentum");
  forward.x = x;
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  forward.running_mean = g.values("mean_before");
  forward.running_variance = g.values("variance_before");
  if (g.has("residual")) {
    forward.desc.residual = forward.desc.src;
    forward.r = g.floats("residual");
  }
  if (g.flag("relu")) {
    forward.desc.activation = relu();
    forward.desc.mask = true;
  }
  BackwardCase backward;
  backward.src = forward.desc.src;
  backward.x = x;
  backward.dy = g.floats("grad_dst");
  backward.gamma = forward.gamma;
  backward.training = g.flag("training");
  backward.epsilon = forward.desc.epsilon;
  if (g.has("residual")) backward.grad_residual = backward.src;
  for_each_isa([&](Isa isa) {
    if (backward.training) {
      const TrainingResult y = forward.run(on(isa));
      g.check("dst", y.y);
      g.check("running_mean", y.running_mean);
      g.check("running_variance", y.running_variance);
      backward.mean = y.saved_mean;
      backward.mean_low = y.saved_mean_low;
      backward.invstd = y.saved_invstd;
      backward.passed = y.passed;
    } else {
      backward.mean = forward.running_mean;
      backward.variance = forward.running_variance;
    }
    check_gradients(g, backward, isa);
  });
}

void check_group_norm(const Golden& g, Layout layout) {
  GroupNormCase forward;
  forward.x = g.floats("src");
  forward.desc.src = packed(layout, forward.x.dims);
  forward.desc.groups = static_cast<std::int64_t>(g.number("groups"));
  forward.desc.epsilon = g.number("epsilon");
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  BackwardCase backward;
  backward.src = forward.desc.src;
  backward.groups = forward.desc.groups;
  backward.x = forward.x;
  backward.dy = g.floats("grad_dst");
  backward.gamma = forward.gamma;
  for_each_isa([&](Isa isa) {
    const NormResult y = forward.run(on(isa));
    g.check("dst", y.y);
    backward.mean = y.saved_mean;
    backward.mean_low = y.saved_mean_low;
    backward.invstd = y.saved_invstd;
    check_gradients(g, backward, isa);
  });
}

void check_row_norm(const Golden& g, bool centred) {
  LayerNormCase forward;
  forward.x = g.floats("src");
  forward.desc = layer_norm(packed(Layout::nchw, forward.x.dims), static_cast<int>(g.number("axis")));
  if (!centred) forward.desc.statistics = RowStatistics::mean_square;
  forward.desc.epsilon = g.number("epsilon");
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  if (g.has("residual")) {
    forward.desc.residual = forward.desc.sum = forward.desc.src;
    forward.r = g.floats("residual");
  }
  RowBackwardCase backward;
  backward.desc.src = forward.desc.src;
  backward.desc.axis = forward.desc.axis;
  backward.desc.statistics = forward.desc.statistics;
  backward.dy = g.floats("grad_dst");
  backward.gamma = forward.gamma;
  for_each_isa([&](Isa isa) {
    const NormResult y = forward.run(on(isa));
    g.check("dst", y.y);
    backward.x = g.has("residual") ? y.sum : forward.x;
    backward.mean = y.saved_mean;
    backward.mean_low = y.saved_mean_low;
    backward.invstd = y.saved_invstd;
    const RowBackwardResult got = backward.run(on(isa));
    g.check("grad_src", got.grad_src);
    if (g.has("residual")) g.check("grad_residual", got.grad_src);
    g.check("grad_gamma", got.grad_gamma);
    g.check("grad_beta", got.grad_beta);
  });
}

}  // namespace

TEST_CASE("PyTorch's norms and gradients") {
  int cases = 0;
  for (const GoldenCase& golden : read_golden("pytorch_norms.txt")) {
    INFO("case ", golden.name);
    const Golden g(golden);
    const std::string op = golden.word("op");
    ++cases;
    if (op == "layer_norm" || op == "rms_norm") {
      check_row_norm(g, op == "layer_norm");
      continue;
    }
    for (Layout layout : layouts) op == "group_norm" ? check_group_norm(g, layout) : check_batch_norm(g, layout);
  }
  CHECK(cases == 14);
}
