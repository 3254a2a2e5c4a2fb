// The bounds that gradients of norms state (norm_backward.hpp), against the truth in double-double, on data that breaks
// ordinary sums.
#include "support/doctest.hpp"

#include <algorithm>
#include <cmath>

#include "support/backward.hpp"
#include "support/hard_data.hpp"
#include "support/reference_moments.hpp"
#include "support/row_backward.hpp"
#include "support/run.hpp"
#include "support/training_bounds.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr double u = 0x1p-24;

Wide wide(float x) { return Wide(static_cast<double>(x)); }

// What a gradient of gamma or beta is, and how far off it may be.
struct Sum {
  Wide exact;
  double slack = 0;

  void add(const Sum& more) {
    exact = exact + more.exact;
    slack += more.slack;
  }
  double share(float got) const {
    return distance(got, exact) / (u * std::fabs(exact.value()) * 1.000001 + slack + 0x1p-149);
  }
};

// The elements that share statistics.
struct Population {
  std::vector<float> x, g, gamma, grad_src;  // one of each an element
  bool centred = true;
  float epsilon = 1e-5f;

  Wide mean, invstd, sum_g, sum_gd;  // the sums with gamma, over n
  double spread = 0;                 // invstd^3 sum(|gamma g| D) / n

  void look() {
    const reference::Truth truth = reference::truth(x);
    const Wide square = centred ? truth.variance : truth.variance + truth.mean * truth.mean;
    if (centred) mean = truth.mean;
    invstd = Wide(1.0) / sqrt(square + wide(epsilon));
    const double n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Wide weighted = wide(gamma[i]) * wide(g[i]), d = wide(x[i]) - mean;
      if (centred) sum_g = sum_g + weighted;
      sum_gd = sum_gd + weighted * d;
      spread += std::fabs(weighted.value()) * reach(d) / n;
    }
    sum_g = sum_g / Wide(n);
    sum_gd = sum_gd / Wide(n);
    spread *= cube().value();
  }
  // What the mean's pair of floats leaves out of it, over u; and D.
  double rest() const { return u * std::fabs(mean.value()) + 0x1p-125; }
  double reach(Wide d) const { return std::fabs(d.value()) + rest(); }
  Wide cube() const { return invstd * invstd * invstd; }
  // a, c1 and c2 are numbers that f32 holds to its last digit.
  bool is_normal() const {
    double a = 0;
    for (float each : gamma) a = std::max(a, std::fabs((wide(each) * invstd).value()));
    const auto fits = [](double v) { return v == 0 || (std::fabs(v) >= 0x1p-126 && std::fabs(v) < 0x1p+127); };
    return fits(a) && fits((invstd * sum_g).value()) && fits((cube() * sum_gd).value());
  }
  // Of the bound, the worst of all elements.
  double worst_share() const {
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Wide d = wide(x[i]) - mean, ga = wide(gamma[i]) * wide(g[i]) * invstd, c1 = invstd * sum_g;
      const Wide exact = ga - c1 - d * cube() * sum_gd;
      const double may = u * (5 * std::fabs(ga.value()) + 4 * std::fabs(c1.value()) + 10 * reach(d) * spread) + 0x1p-147;
      worst = std::max(worst, distance(grad_src[i], exact) / may);
    }
    return worst;
  }
  // Element i's part of the gradients of its gamma and its beta.
  Sum gamma_part(std::size_t i) const {
    const Wide d = wide(x[i]) - mean, exact = wide(g[i]) * d * invstd;
    return {exact, u * (std::fabs(exact.value()) * 0x1p-19 + std::fabs((wide(g[i]) * invstd).value()) * rest())};
  }
  Sum beta_part(std::size_t i) const { return {wide(g[i]), u * 0x1p-19 * std::fabs(static_cast<double>(g[i]))}; }
};

// The elements of one set: of a channel, or of one image's group.
Population population(const BackwardCase& c, const BackwardResult& got, std::int64_t set) {
  const std::int64_t channels = c.x.dims[1], spatial = product(c.x.dims) / (c.x.dims[0] * channels);
  const std::int64_t group = c.groups == 0 ? 1 : channels / c.groups;
  Population p;
  for (std::size_t i = 0; i < c.x.values.size(); ++i) {
    const std::int64_t plane = static_cast<std::int64_t>(i) / spatial, channel = plane % channels;
    if ((c.groups == 0 ? channel : plane / group) != set) continue;
    p.x.push_back(c.x.values[i]);
    p.g.push_back(c.passed.empty() || c.passed[i] ? c.dy.values[i] : 0.0f);
    p.gamma.push_back(c.gamma[static_cast<std::size_t>(channel)]);
    p.grad_src.push_back(got.grad_src.values[i]);
  }
  p.look();
  return p;
}

}  // namespace

TEST_CASE("gradients of batch norm in training keep their bounds, on data that breaks ordinary sums") {
  int within_f32 = 0;
  for (const HardData& data : hard_data()) {
    for (const bool masked : {false, true}) {
      for (Layout layout : layouts) {
        INFO(data.name, " ", std::string(name(layout)), " masked ", masked);
        BackwardCase c = backward_case(packed(layout, data.x.dims), data.x);
        for (std::size_t i = 0; masked && i < c.x.values.size(); ++i) c.passed.push_back(i % 3 != 1);
        const BackwardResult got = c.run({});
        for (std::int64_t channel = 0; channel < data.x.dims[1]; ++channel) {
          const Population p = population(c, got, channel);
          Sum gamma, beta;
          for (std::size_t i = 0; i < p.x.size(); ++i) {
            gamma.add(p.gamma_part(i));
            beta.add(p.beta_part(i));
          }
          gamma.slack += u * std::fabs(gamma.exact.value());  // saved_invstd's rounding
          CHECK(gamma.share(got.grad_gamma[static_cast<std::size_t>(channel)]) <= 1);
          CHECK(beta.share(got.grad_beta[static_cast<std::size_t>(channel)]) <= 1);
          if (!p.is_normal()) continue;
          ++within_f32;
          CHECK(p.worst_share() <= 1);
        }
      }
    }
  }
  CHECK(within_f32 >= 4 * 4 * 5);
}

TEST_CASE("gradients of group and instance norm keep their bounds, in groups of any data") {
  int within_f32 = 0;
  for (const HardData& data : hard_data()) {
    for (const std::int64_t groups : {1, 2, 4}) {
      for (Layout layout : layouts) {
        INFO(data.name, " ", std::string(name(layout)), " groups ", groups);
        const BackwardCase c = backward_case(packed(layout, data.x.dims), data.x, groups);
        const BackwardResult got = c.run({});
        std::vector<Sum> gamma(4), beta(4);
        for (std::int64_t set = 0; set < 3 * groups; ++set) {
          const Population p = population(c, got, set);
          const std::size_t first = static_cast<std::size_t>(set % groups * (4 / groups));
          std::vector<Sum> own(4);
          for (std::size_t i = 0; i < p.x.size(); ++i) {
            own[first + i / 1517].add(p.gamma_part(i));
            beta[first + i / 1517].add(p.beta_part(i));
          }
          for (std::size_t k = 0; k < 4; ++k) {
            own[k].slack += u * std::fabs(own[k].exact.value());
            gamma[k].add(own[k]);
          }
          if (!p.is_normal()) continue;
          ++within_f32;
          CHECK(p.worst_share() <= 1);
        }
        for (std::size_t k = 0; k < 4; ++k) {
          CHECK(gamma[k].share(got.grad_gamma[k]) <= 1);
          CHECK(beta[k].share(got.grad_beta[k]) <= 1);
        }
      }
    }
  }
  CHECK(within_f32 >= 2 * (3 + 6 + 12) * 5);
}

TEST_CASE("gradients of layer and RMS norm keep their bounds, in rows of any data") {
  int within_f32 = 0;
  for (const HardData& data : hard_data()) {
    for (const bool centred : {true, false}) {
      INFO(data.name, " centred ", centred);
      RowBackwardCase c = row_backward_case(nchw({12, 1517}), 1, centred);
      set_input(c, Dense({12, 1517}, data.x.values));
      const RowBackwardResult got = c.run({});
      std::vector<Sum> gamma(1517), beta(1517);
      for (std::size_t row = 0; row < 12; ++row) {
        const auto of_row = [&](const std::vector<float>& all) {
          return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(row * 1517),
                                    all.begin() + static_cast<std::ptrdiff_t>((row + 1) * 1517));
        };
        Population p;
        p.centred = centred;
        p.x = of_row(c.x.values);
        p.g = of_row(c.dy.values);
        p.gamma = c.gamma;
        p.grad_src = of_row(got.grad_src.values);
        p.look();
        for (std::size_t i = 0; i < 1517; ++i) {
          Sum part = p.gamma_part(i);
          part.slack += u * std::fabs(part.exact.value());
          gamma[i].add(part);
          beta[i].add(p.beta_part(i));
        }
        if (!p.is_normal()) continue;
        ++within_f32;
        CHECK(p.worst_share() <= 1);
      }
      double worst = 0;
      for (std::size_t i = 0; i < 1517; ++i) {
        worst = std::max({worst, gamma[i].share(got.grad_gamma[i]), beta[i].share(got.grad_beta[i])});
      }
      CHECK(worst <= 1);
    }
  }
  CHECK(within_f32 >= 12 * 10);
}
