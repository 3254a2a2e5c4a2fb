// Every activation: its values at and around its corners, behind every form of norm.
#include "support/doctest.hpp"

#include <cmath>
#include <limits>

#include "support/bits.hpp"
#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/reference.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

const Activation activations[] = {{},
                                  relu(),
                                  relu6(),
                                  clamp(-0.75f, 1.25f),
                                  clamp(-2, -1),
                                  leaky_relu(),
                                  leaky_relu(0.2f),
                                  leaky_relu(-0.5f),
                                  leaky_relu(0),
                                  hard_swish(),
                                  hard_sigmoid(),
                                  clamp(-INFINITY, INFINITY),
                                  clamp(1, 1),
                                  clamp(-0.0f, 0.0f)};

std::vector<float> corners() {
  std::vector<float> values;
  for (float v : {0.0f, 1e-45f, 1e-38f, 0.75f, 1.0f, 1.25f, 3.0f, 6.0f, 9.0f, 3e38f, INFINITY}) {
    for (float x : {v, std::nextafter(v, 0.0f), std::nextafter(v, INFINITY)}) {
      values.push_back(x);
      values.push_back(-x);
    }
  }
  for (std::uint32_t nan : {0x7fc00000u, 0xffc00000u, 0x7f800001u}) values.push_back(float_of(nan));
  return values;
}

// x goes through unchanged: scale 1, shift -0, nothing but the activation.
NormCase activation_alone(const Activation& activation, Layout layout) {
  const std::vector<float> values = corners();
  const auto count = static_cast<std::int64_t>(values.size());
  NormCase norm;
  norm.explicit_form = true;
  norm.src = layout == Layout::nchw ? nchw({1, 1, count}) : nhwc({1, count, 1});
  norm.parameters[1].assign(static_cast<std::size_t>(norm.src.dims[1]), -0.0f);
  norm.x = Dense(dims_of(norm.src), values);
  norm.activation = activation;
  return norm;
}

}  // namespace

TEST_CASE("activations at their corners") {
  for (const Activation& activation : activations) {
    for (Layout layout : layouts) check_norm(activation_alone(activation, layout));
  }
}

TEST_CASE("activations by hand") {
  struct Row {
    Activation activation;
    float x, y;
  };
  const Row rows[] = {{relu(), -0.0f, -0.0f},
                      {relu(), -1, 0},
                      {relu(), 2, 2},
                      {relu6(), 7, 6},
                      {relu6(), -7, 0},
                      {clamp(-1, 2), -3, -1},
                      {leaky_relu(0.5f), -3, -1.5f},
                      {leaky_relu(0.5f), 3, 3},
                      {hard_swish(), -3, -0.0f},
                      {hard_swish(), 1, 4.0f / 6},
                      {hard_swish(), 5, 5},
                      {hard_sigmoid(), 0, 0.5f},
                      {hard_sigmoid(), -4, 0},
                      {hard_sigmoid(), 4, 1}};
  for (const Row& row : rows) {
    CHECK(bits_of(reference::activate(row.activation, row.x)) == bits_of(row.y));
    for_each_isa([&](Isa isa) {
      NormCase norm = activation_alone(row.activation, Layout::nchw);
      for (float& x : norm.x.values) x = row.x;
      How how;
      how.isa = isa;
      for (float y : norm.run(how).values) CHECK(bits_of(y) == bits_of(row.y));
    });
  }
}

TEST_CASE("activations behind every form of norm, in bodies and tails") {
  for (const Activation& activation : activations) {
    for (Layout layout : layouts) {
      for (bool explicit_form : {false, true}) {
        for (bool with_residual : {false, true}) {
          for (std::int64_t size : {1, 7, 16, 35}) {
            NormCase norm = norm_case(packed(layout, {2, 3, size}), Values::special, 4);
            if (layout == Layout::nhwc) norm = norm_case(packed(layout, {2, size, 3}), Values::special, 4);
            norm.explicit_form = explicit_form;
            norm.activation = activation;
            if (with_residual) add_residual(norm, norm.src);
            check_norm(norm);
          }
        }
      }
    }
  }
}
