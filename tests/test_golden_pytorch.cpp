// What PyTorch says of poolings, norms and folding (golden/make_pytorch.py).
#include "support/doctest.hpp"

#include <cmath>

#include "support/compare.hpp"
#include "support/golden.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

Activation activation_named(const std::string& name) {
  if (name == "relu") return relu();
  if (name == "relu6") return relu6();
  if (name == "clamp") return clamp(-0.5f, 1.25f);
  if (name == "leaky_relu") return leaky_relu(0.125f);
  if (name == "hard_swish") return hard_swish();
  if (name == "hard_sigmoid") return hard_sigmoid();
  REQUIRE(name == "none");
  return {};
}

void check_pool(const GoldenCase& golden) {
  for (Layout layout : layouts) {
    PoolDesc desc = pool_of(golden, layout);
    desc.op = golden.word("op") == "max" ? PoolOp::max : PoolOp::average;
    if (golden.has("output")) desc.kind = PoolKind::adaptive;
    if (golden.number("include_pad", 1) == 0) desc.divisor = Divisor::valid;
    if (desc.divisor_override != 0) desc.divisor = Divisor::fixed;
    check_golden_pool(golden, desc, 1);
  }
}

void check_fold(const GoldenCase& golden) {
  const auto values = [&](const char* name) { return golden.tensors.at(name).floats().values; };
  std::vector<float> weights = values("weights"), bias = values("bias");
  const std::vector<float> mean = values("mean"), variance = values("variance");
  const std::vector<float> gamma = values("gamma"), beta = values("beta");
  BatchNormDesc norm;
  norm.mean = mean;
  norm.variance = variance;
  norm.gamma = gamma;
  norm.beta = beta;
  norm.epsilon = static_cast<float>(golden.number("epsilon", 0));
  const auto channels = static_cast<std::int64_t>(bias.size());
  const std::int64_t elements = static_cast<std::int64_t>(weights.size()) / channels;
  const Status status = fold_batch_norm(norm, {weights.data(), channels, elements, elements, 1}, bias.data());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  // One rounding of the f64 result.
  const auto check = [&](const std::vector<float>& got, const char* name) {
    const GoldenTensor& expected = golden.tensors.at(name);
    std::vector<double> bound;
    for (double v : expected.values) bound.push_back(std::fabs(v) * 0x1.0001p-24);
    CHECK(difference(Dense(expected.dims, got), expected.values, bound) == "");
  };
  check(weights, "folded_weights");
  check(bias, "folded_bias");
}

}  // namespace

TEST_CASE("PyTorch's results") {
  for (const GoldenCase& golden : read_golden("pytorch.txt")) {
    const std::string op = golden.word("op");
    if (op == "batch_norm")
      check_golden_batch_norm(golden, activation_named(golden.word("activation")), 1);
    else if (op == "fold")
      check_fold(golden);
    else
      check_pool(golden);
  }
}
