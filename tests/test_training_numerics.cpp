// The stated bounds against the truth in double-double, on data that breaks ordinary sums.
#include "support/doctest.hpp"

#include <cmath>

#include "support/compare.hpp"
#include "support/hard_data.hpp"
#include "support/reference_moments.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"
#include "support/training_bounds.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

TEST_CASE("training: mean, variance, invstd and y keep their bounds") {
  for (const HardData& data : hard_data()) {
    for (Layout layout : layouts) {
      INFO(data.name, " ", std::string(name(layout)));
      TrainingCase c = training_case(packed(layout, data.x.dims), data.x);
      c.desc.momentum = 1;
      c.desc.unbiased_variance = false;
      const TrainingResult got = c.run({});
      for (std::int64_t channel = 0; channel < data.x.dims[1]; ++channel) check_bounds(c, got, channel);
      check_training(c);
    }
  }
}

TEST_CASE("a constant channel has variance 0 and y = beta, exactly") {
  for (float value : {0.0f, 1.1f, -3e38f, 1e-45f, 16777217.0f}) {
    const std::vector<std::int64_t> dims = {9, 3, 40, 29};
    Dense x(dims);
    for (float& v : x.values) v = value;
    TrainingCase c = training_case(packed(Layout::nhwc, dims), x);
    c.desc.momentum = 1;
    const TrainingResult got = c.run({});
    for (std::size_t channel = 0; channel < 3; ++channel) {
      CHECK(got.running_variance[channel] == 0);
      CHECK(got.saved_mean[channel] == value);
      for (float y : reference::channel_values(got.y, static_cast<std::int64_t>(channel))) CHECK(y == c.beta[channel]);
    }
  }
}

TEST_CASE("one value a channel: y = beta; epsilon 0 gives NaN in constant channels only") {
  TrainingCase one = training_case(nchw({1, 5, 1, 1}), normal_values({1, 5, 1, 1}, 3, 1));
  one.running_variance.clear();
  const TrainingResult single = one.run({});
  for (std::size_t c = 0; c < 5; ++c) CHECK(single.y.values[c] == one.beta[c]);

  const std::vector<std::int64_t> dims = {2, 4, 6, 6};
  TrainingCase c = training_case(packed(Layout::nhwc, dims), normal_values(dims, 3, 1));
  for (std::size_t i = 0; i < c.x.values.size(); ++i) {
    if (i / 36 % 4 == 2) c.x.values[i] = 7;
  }
  c.desc.epsilon = 0;
  const TrainingResult got = c.run({});
  for (std::size_t i = 0; i < got.y.values.size(); ++i) CHECK(std::isnan(got.y.values[i]) == (i / 36 % 4 == 2));
}

TEST_CASE("NaN and infinities stay in their channel") {
  const std::vector<std::int64_t> dims = {3, 21, 9, 9};
  const Dense clean = normal_values(dims, 1, 1);
  for (Layout layout : layouts) {
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      TrainingCase c = training_case(packed(layout, dims), clean);
      const TrainingResult expected = c.expected();
      c.x.values[5 * 81 + 40] = bad;  // image 0, channel 5
      for_each_isa([&](Isa isa) {
        How how;
        how.isa = isa;
        const TrainingResult got = c.run(how);
        bool others_alike = true, own_nan = true;
        for (std::size_t i = 0; i < got.y.values.size(); ++i) {
          const bool own = i / 81 % 21 == 5;
          if (own) own_nan = own_nan && std::isnan(got.y.values[i]);
          else others_alike = others_alike && got.y.values[i] == expected.y.values[i];
        }
        CHECK(others_alike);
        CHECK(own_nan);
      });
    }
  }
}

namespace {

// How far y of one row or group is from the truth, in the stated bound. gamma and beta of element e: parameter[e / each].
double worst_share(const float* x, const float* y, std::size_t count, const std::vector<float>& gamma,
                   const std::vector<float>& beta, std::size_t first, std::size_t each, float epsilon, bool centred) {
  const reference::Truth truth = reference::truth(std::vector<float>(x, x + count));
  const Wide mean = centred ? truth.mean : Wide(0.0);
  const Wide square = centred ? truth.variance : truth.variance + truth.mean * truth.mean;
  const Wide invstd = Wide(1.0) / sqrt(square + Wide(static_cast<double>(epsilon)));
  double worst = 0;
  for (std::size_t e = 0; e < count; ++e) {
    const double b = static_cast<double>(beta[first + e / each]);
    const Wide exact =
        Wide(static_cast<double>(gamma[first + e / each])) * (Wide(static_cast<double>(x[e])) - mean) * invstd + Wide(b);
    worst = std::max(worst, distance(y[e], exact) / bound(exact, b));
  }
  return worst;
}

}  // namespace

TEST_CASE("layer and RMS norm keep the bound, in rows of any data") {
  for (const HardData& data : hard_data()) {
    for (const bool centred : {true, false}) {
      INFO(data.name, " centred ", centred);
      LayerNormCase c;
      c.desc = centred ? layer_norm(nchw({12, 1517})) : rms_norm(nchw({12, 1517}));
      c.x = Dense({12, 1517}, data.x.values);
      c.x.values.resize(12 * 1517);
      Random random(3);
      c.gamma = make_parameter(1517, -2, 2, random);
      c.beta = make_parameter(1517, -1, 1, random);
      const Dense y = c.run({}).y;
      for (std::size_t row = 0; row < 12; ++row) {
        CHECK(worst_share(c.x.values.data() + row * 1517, y.values.data() + row * 1517, 1517, c.gamma, c.beta, 0, 1,
                          c.desc.epsilon, centred) <= 1);
      }
    }
  }
}

TEST_CASE("group and instance norm keep the bound, in groups of any data") {
  for (const HardData& data : hard_data()) {
    for (Layout layout : layouts) {
      for (const std::int64_t groups : {1, 2, 4}) {
        INFO(data.name, " ", std::string(name(layout)), " groups ", groups);
        Random random(4);
        GroupNormCase c{{packed(layout, data.x.dims), {}, groups, 1e-5f}, data.x, make_parameter(4, -2, 2, random),
                        make_parameter(4, -1, 1, random)};
        const Dense y = c.run({}).y;
        const std::size_t channels = 4 / static_cast<std::size_t>(groups), count = channels * 1517;
        for (std::size_t first = 0, at = 0; at < y.values.size(); at += count, first = (first + channels) % 4) {
          CHECK(worst_share(c.x.values.data() + at, y.values.data() + at, count, c.gamma, c.beta, first, 1517,
                            c.desc.epsilon, true) <= 1);
        }
      }
    }
  }
}
