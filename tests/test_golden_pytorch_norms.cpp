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

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
class Golden {
 public:
  explicit Golden(const GoldenCase& golden) : golden_(golden) {}

  ElementType type() const { return golden_.type(); }
  DenseOf<T> dense(const char* name) const { return golden_.tensors.at(name).as<T>(); }
  std::vector<T> values(const char* name) const { return dense(name).values; }
  bool has(const char* name) const { return golden_.tensors.count(name) != 0; }
  float number(const char* name) const { return static_cast<float>(golden_.number(name, 0)); }
  bool flag(const char* name) const { return golden_.number(name, 0) != 0; }

  // To 2^-20 of the largest: saved statistics are f32, and terms cancel.
  void check(const char* name, const DenseOf<T>& got) const { check(name, got, type()); }
  // Parameters, which are f32 of f16 and bf16.
  void check(const char* name, const std::vector<T>& got) const {
    check(name, DenseOf<T>({static_cast<std::int64_t>(got.size())}, got),
          type() == ElementType::f64 ? type() : ElementType::f32);
  }

 private:
  void check(const char* name, const DenseOf<T>& got, ElementType stored) const {
    INFO(golden_.name, " ", name);
    const GoldenTensor& expected = golden_.tensors.at(name);
    double largest = 0;
    for (double v : expected.values) largest = std::max(largest, std::fabs(v));
    std::vector<double> bound;
    for (double v : expected.values) bound.push_back(bound_of(stored, v, largest * 0x1p-20));
    CHECK(difference(DenseOf<T>(expected.dims, got.values), expected.values, bound) == "");
  }

  const GoldenCase& golden_;
};

How on(Isa isa) {
  How how;
  how.isa = isa;
  return how;
}

template <class T>
void check_gradients(const Golden<T>& g, const BackwardCaseOf<T>& c, Isa isa) {
  const BackwardResultOf<T> got = c.run(on(isa));
  g.check("grad_src", got.grad_src);
  g.check("grad_gamma", got.grad_gamma);
  g.check("grad_beta", got.grad_beta);
  if (g.has("grad_residual")) g.check("grad_residual", got.grad_residual);
}

template <class T>
void check_batch_norm(const Golden<T>& g, Layout layout) {
  const DenseOf<T> x = g.dense("src");
  TrainingCaseOf<T> forward;
  forward.desc.src = packed(layout, x.dims, g.type());
  forward.desc.epsilon = g.number("epsilon");
  forward.desc.momentum = g.number("momentum");
  forward.x = x;
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  forward.running_mean = g.values("mean_before");
  forward.running_variance = g.values("variance_before");
  if (g.has("residual")) {
    forward.desc.residual = forward.desc.src;
    forward.r = g.dense("residual");
  }
  if (g.flag("relu")) {
    forward.desc.activation = relu();
    forward.desc.mask = true;
  }
  BackwardCaseOf<T> backward;
  backward.src = forward.desc.src;
  backward.x = x;
  backward.dy = g.dense("grad_dst");
  backward.gamma = forward.gamma;
  backward.training = g.flag("training");
  backward.epsilon = forward.desc.epsilon;
  if (g.has("residual")) backward.grad_residual = backward.src;
  for_each_isa([&](Isa isa) {
    if (backward.training) {
      const TrainingResultOf<T> y = forward.run(on(isa));
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

template <class T>
void check_group_norm(const Golden<T>& g, Layout layout) {
  GroupNormCaseOf<T> forward;
  forward.x = g.dense("src");
  forward.desc.src = packed(layout, forward.x.dims, g.type());
  forward.desc.groups = static_cast<std::int64_t>(g.number("groups"));
  forward.desc.epsilon = g.number("epsilon");
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  BackwardCaseOf<T> backward;
  backward.src = forward.desc.src;
  backward.groups = forward.desc.groups;
  backward.x = forward.x;
  backward.dy = g.dense("grad_dst");
  backward.gamma = forward.gamma;
  for_each_isa([&](Isa isa) {
    const NormResultOf<T> y = forward.run(on(isa));
    g.check("dst", y.y);
    backward.mean = y.saved_mean;
    backward.mean_low = y.saved_mean_low;
    backward.invstd = y.saved_invstd;
    check_gradients(g, backward, isa);
  });
}

template <class T>
void check_row_norm(const Golden<T>& g, bool centred) {
  LayerNormCaseOf<T> forward;
  forward.x = g.dense("src");
  forward.desc = layer_norm(packed(Layout::nchw, forward.x.dims, g.type()), static_cast<int>(g.number("axis")));
  if (!centred) forward.desc.statistics = RowStatistics::mean_square;
  forward.desc.epsilon = g.number("epsilon");
  forward.gamma = g.values("gamma");
  forward.beta = g.values("beta");
  if (g.has("residual")) {
    forward.desc.residual = forward.desc.sum = forward.desc.src;
    forward.r = g.dense("residual");
  }
  RowBackwardCaseOf<T> backward;
  backward.desc.src = forward.desc.src;
  backward.desc.axis = forward.desc.axis;
  backward.desc.statistics = forward.desc.statistics;
  backward.dy = g.dense("grad_dst");
  backward.gamma = forward.gamma;
  for_each_isa([&](Isa isa) {
    const NormResultOf<T> y = forward.run(on(isa));
    g.check("dst", y.y);
    backward.x = g.has("residual") ? y.sum : forward.x;
    backward.mean = y.saved_mean;
    backward.mean_low = y.saved_mean_low;
    backward.invstd = y.saved_invstd;
    const RowBackwardResultOf<T> got = backward.run(on(isa));
    g.check("grad_src", got.grad_src);
    if (g.has("residual")) g.check("grad_residual", got.grad_src);
    g.check("grad_gamma", got.grad_gamma);
    g.check("grad_beta", got.grad_beta);
  });
}

template <class T>
void check_case(const GoldenCase& golden) {
  const Golden<T> g(golden);
  const std::string op = golden.word("op");
  if (op == "layer_norm" || op == "rms_norm") return check_row_norm(g, op == "layer_norm");
  for (Layout layout : layouts) op == "group_norm" ? check_group_norm(g, layout) : check_batch_norm(g, layout);
}

}  // namespace

TEST_CASE("PyTorch's norms and gradients") {
  int cases = 0;
  for (const GoldenCase& golden : read_golden("pytorch_norms.txt")) {
    INFO("case ", golden.name);
    ++cases;
    golden.type() == ElementType::f64 ? check_case<double>(golden) : check_case<float>(golden);
  }
  CHECK(cases == 23);
}
