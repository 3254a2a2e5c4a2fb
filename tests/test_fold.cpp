// Folding a norm into a convolution: exact rounding of each value, and conv + norm = folded conv.
#include "support/doctest.hpp"

#include <cmath>

#include "support/check.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr std::int64_t outputs = 5, inputs = 12;  // of a convolution at one position, kernel unrolled

struct Convolution {
  std::vector<float> weights;  // outputs x inputs, or the transpose
  std::vector<float> bias;
  bool transposed = false;

  float& weight(std::int64_t o, std::int64_t i) {
    return weights[static_cast<std::size_t>(transposed ? i * outputs + o : o * inputs + i)];
  }
  ConvolutionWeights view() {
    return transposed ? ConvolutionWeights{weights.data(), outputs, inputs, 1, outputs}
                      : ConvolutionWeights{weights.data(), outputs, inputs, inputs, 1};
  }
};

Convolution make_convolution(bool transposed, Random& random) {
  return {make_parameter(outputs * inputs, -1, 1, random), make_parameter(outputs, -1, 1, random), transposed};
}

BatchNormDesc desc_of(const NormCase& norm) {
  BatchNormDesc desc = norm.batch_norm();
  desc.src = {};
  return desc;
}

}  // namespace

TEST_CASE("every folded value is the f64 result, rounded once") {
  for (bool transposed : {false, true}) {
    for (bool affine : {false, true}) {
      Random random(11);
      Convolution convolution = make_convolution(transposed, random);
      Convolution folded = convolution;
      NormCase norm = norm_case(nchw({1, outputs}));
      if (!affine) norm.parameters[2].clear();
      if (!affine) norm.parameters[3].clear();
      const Status status = fold_batch_norm(desc_of(norm), folded.view(), folded.bias.data());
      REQUIRE_MESSAGE(status.ok(), message_of(status));
      for (std::int64_t o = 0; o < outputs; ++o) {
        const auto c = static_cast<std::size_t>(o);
        const double gamma = affine ? norm.parameters[2][c] : 1, beta = affine ? norm.parameters[3][c] : 0;
        const double a =
            gamma / std::sqrt(static_cast<double>(norm.parameters[1][c]) + static_cast<double>(norm.epsilon));
        for (std::int64_t i = 0; i < inputs; ++i)
          CHECK(folded.weight(o, i) == static_cast<float>(convolution.weight(o, i) * a));
        CHECK(folded.bias[c] ==
              static_cast<float>((static_cast<double>(convolution.bias[c]) - norm.parameters[0][c]) * a + beta));
      }
    }
  }
}

TEST_CASE("a folded convolution does what convolution and norm did") {
  Random random(12);
  Convolution convolution = make_convolution(false, random);
  const NormCase norm = norm_case(nchw({1, outputs}));
  const std::vector<float> x = make_parameter(inputs, -2, 2, random);
  const auto convolve = [&](std::int64_t o) {
    double y = convolution.bias[static_cast<std::size_t>(o)];
    for (std::int64_t i = 0; i < inputs; ++i)
      y += static_cast<double>(convolution.weight(o, i)) * x[static_cast<std::size_t>(i)];
    return y;
  };
  std::vector<double> expected;
  for (std::int64_t o = 0; o < outputs; ++o) {
    const auto c = static_cast<std::size_t>(o);
    expected.push_back((convolve(o) - norm.parameters[0][c]) * norm.parameters[2][c] /
                           std::sqrt(static_cast<double>(norm.parameters[1][c]) + norm.epsilon) +
                       norm.parameters[3][c]);
  }
  REQUIRE(fold_batch_norm(desc_of(norm), convolution.view(), convolution.bias.data()).ok());
  for (std::int64_t o = 0; o < outputs; ++o)
    CHECK(convolve(o) == doctest::Approx(expected[static_cast<std::size_t>(o)]).epsilon(1e-5));
}

TEST_CASE("folds that are refused leave weights and bias as they were") {
  Random random(13);
  const Convolution original = make_convolution(false, random);
  const NormCase norm = norm_case(nchw({1, outputs}));
  const auto check = [&](const std::string& field, auto change) {
    INFO(field);
    Convolution convolution = original;
    BatchNormDesc desc = desc_of(norm);
    ConvolutionWeights view = convolution.view();
    float* bias = convolution.bias.data();
    change(desc, view, bias);
    const Status status = fold_batch_norm(desc, view, bias);
    CHECK(status.code == StatusCode::invalid_argument);
    CHECK_MESSAGE(contains(message_of(status), field), message_of(status));
    CHECK(convolution.weights == original.weights);
    CHECK(convolution.bias == original.bias);
  };
  using Desc = BatchNormDesc&;
  using View = ConvolutionWeights&;
  check("mean", [](Desc d, View, float*&) { d.mean.size = 4; });
  check("mean", [](Desc d, View, float*&) { d.mean = {}; });
  check("variance", [](Desc d, View, float*&) { d.variance.size = 6; });
  check("variance", [](Desc d, View, float*&) { d.variance = {}; });
  check("gamma", [](Desc d, View, float*&) { d.gamma.size = 1; });
  check("gamma", [](Desc d, View, float*&) { d.gamma = Parameters(nullptr, outputs); });
  check("beta", [](Desc d, View, float*&) { d.beta.size = 1; });
  check("epsilon", [](Desc d, View, float*&) { d.epsilon = -1; });
  check("epsilon", [](Desc d, View, float*&) { d.epsilon = NAN; });
  check("weights", [](Desc, View w, float*&) { w.data = nullptr; });
  check("channels", [](Desc, View w, float*&) { w.channels = -1; });
  check("elements", [](Desc, View w, float*&) { w.elements = -1; });
  check("bias", [](Desc, View, float*& bias) { bias = nullptr; });
}

TEST_CASE("fold without weights: the bias alone, no pointer moved") {
  const std::vector<float> parameter(40, 1.0f);
  BatchNormDesc norm;
  norm.mean = norm.variance = parameter;
  std::vector<float> bias(40, 3.0f);
  const Status status = fold_batch_norm(norm, {nullptr, 40, 0, 32, 1}, bias.data());
  CHECK_MESSAGE(status.ok(), message_of(status));
  CHECK(bias[39] == doctest::Approx(2));
}
