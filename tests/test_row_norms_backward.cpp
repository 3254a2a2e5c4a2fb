// Gradients of layer and RMS norm: bit for bit against the reference, against finite differences in f64, and
// against batch norm's sums.
#include "support/doctest.hpp"

#include <cmath>
#include <string>

#include "support/backward.hpp"
#include "support/cases.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/reference_moments.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Dims1 = std::vector<std::int64_t>;

RowBackwardCase any_case(const Dims1& dims, int axis, bool centred) {
  return row_backward_case(packed(Layout::nchw, dims), axis, centred);
}

// The norm of s in double, weighted with dy, and s itself with ds.
double loss(const RowBackwardCase& c, const std::vector<double>& s, const std::vector<double>& gamma,
            const std::vector<double>& beta) {
  const auto w = static_cast<std::size_t>(c.width());
  const bool centred = c.desc.statistics == RowStatistics::mean_and_variance;
  double total = 0;
  for (std::size_t row = 0; row < s.size(); row += w) {
    double sum = 0, square = 0;
    for (std::size_t i = 0; i < w; ++i) sum += s[row + i];
    const double mean = centred ? sum / static_cast<double>(w) : 0;
    for (std::size_t i = 0; i < w; ++i) square += (s[row + i] - mean) * (s[row + i] - mean);
    const double sigma = std::sqrt(square / static_cast<double>(w) + 1e-5);
    for (std::size_t i = 0; i < w; ++i) {
      total += ((s[row + i] - mean) / sigma * gamma[i] + beta[i]) * static_cast<double>(c.dy.values[row + i]);
      if (c.desc.grad_sum.rank != 0) total += s[row + i] * static_cast<double>(c.ds.values[row + i]);
    }
  }
  return total;
}

}  // namespace

TEST_CASE("row backward: every width, with and without gamma, low mean, grad_sum and parameters") {
  for (bool centred : {true, false}) {
    for (std::int64_t width : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 768, 1023, 1024, 1025, 4099}) {
      INFO("width ", width, " centred ", centred);
      const RowBackwardCase c = any_case({5, width}, 1, centred);
      for (int given = 0; given < 16; ++given) {
        RowBackwardCase some = c;
        if (given & 1) some.gamma.clear();
        if (given & 2) some.mean_low.clear();
        if (given & 4) some.desc.grad_sum = some.desc.src;
        if (given & 8) some.parameters = false;
        check_row_backward(some);
        check_row_backward(some, {}, RowBackwardPlace::grad_dst);
        if (given & 4) check_row_backward(some, {}, RowBackwardPlace::grad_sum);
      }
    }
  }
}

TEST_CASE("row backward: every count of rows, executors, store policies") {
  for (std::int64_t rows : {1, 2, 3, 7, 8, 9, 15, 63, 64, 65, 127, 128, 129, 200, 1000}) {
    INFO("rows ", rows);
    check_row_backward(any_case({rows, 37}, 1, rows % 2 == 0));
  }
  for (const Dims1& dims : {Dims1{301, 1023}, Dims1{70, 1600}, Dims1{3, 70000}, Dims1{2049, 65}}) {
    RowBackwardCase c = any_case(dims, 1, true);
    c.desc.grad_sum = c.desc.src;
    const RowBackwardResult expected = c.expected();
    for (const NamedExecutor& named : host_executors()) {
      INFO(named.name, " ", dims_text(dims));
      How how;
      how.executor = named.executor;
      for (StorePolicy store : {StorePolicy::cached, StorePolicy::streaming}) {
        how.store = store;
        CHECK(difference(c.run(how), expected) == "");
        CHECK(difference(c.run(how, RowBackwardPlace::grad_dst), expected) == "");
      }
    }
  }
}

TEST_CASE("row backward: any trailing axes, rows apart") {
  for (bool centred : {true, false}) {
    for (int axis = 1; axis < 5; ++axis) {
      INFO("axis ", axis, " centred ", centred);
      RowBackwardCase c = any_case({3, 4, 5, 6, 40}, axis, centred);
      check_row_backward(c);
      c.desc.src.strides[0] += 3;
      c.desc.grad_dst = c.desc.src;
      c.desc.grad_dst.strides[0] += 5;
      c.desc.grad_src = c.desc.src;
      c.desc.grad_src.strides[0] += 9;
      c.desc.grad_sum = c.desc.src;
      c.desc.grad_sum.strides[0] += 2;
      check_row_backward(c);
    }
  }
}

TEST_CASE("row backward agrees with finite differences, through the residual add") {
  for (bool centred : {true, false}) {
    RowBackwardCase c = any_case({3, 11}, 1, centred);
    c.desc.grad_sum = c.desc.src;
    const RowBackwardResult got = c.run({});
    // s = x + r: what moves x moves s, and so does r.
    std::vector<double> s(c.x.values.begin(), c.x.values.end()), gamma(c.gamma.begin(), c.gamma.end());
    std::vector<double> beta(gamma.size(), 0.3);
    const auto difference_at = [&](double& value) {
      const double kept = value, step = 1e-5;
      value = kept + step;
      const double above = loss(c, s, gamma, beta);
      value = kept - step;
      const double below = loss(c, s, gamma, beta);
      value = kept;
      return (above - below) / (2 * step);
    };
    for (std::size_t i = 0; i < s.size(); ++i) {
      CHECK(std::fabs(static_cast<double>(got.grad_src.values[i]) - difference_at(s[i])) < 3e-6);
    }
    for (std::size_t i = 0; i < gamma.size(); ++i) {
      CHECK(std::fabs(static_cast<double>(got.grad_gamma[i]) - difference_at(gamma[i])) < 1e-5);
      CHECK(std::fabs(static_cast<double>(got.grad_beta[i]) - difference_at(beta[i])) < 1e-5);
    }
  }
}

TEST_CASE("without gamma a row's gradient is that of group norm of one group, bit for bit") {
  const Dims1 dims = {3, 6, 9, 40};
  RowBackwardCase row = any_case(dims, 1, true);
  row.gamma.clear();
  BackwardCase group = backward_case(row.desc.src, row.x, 1);
  group.gamma.clear();
  group.dy = row.dy;
  group.mean = row.mean;
  group.mean_low = row.mean_low;
  group.invstd = row.invstd;
  CHECK(difference(row.run({}).grad_src, group.run({}).grad_src) == "");
}

TEST_CASE("row backward of large means: parameters' gradients within a few ulp of double-double") {
  using reference::Wide;
  for (double mean : {0.0, 1e5, 1.6e7}) {
    INFO("mean ", mean);
    RowBackwardCase c = any_case({300, 96}, 1, true);
    Dense moved = c.x;
    for (float& x : moved.values) x = static_cast<float>(mean + static_cast<double>(x));
    set_input(c, moved);
    const RowBackwardResult got = c.run({});
    for (std::size_t i = 0; i < 96; ++i) {
      Wide beta, gamma;
      double size = 0;
      for (std::size_t row = 0; row < 300; ++row) {
        const Wide d = Wide(static_cast<double>(c.x.values[row * 96 + i])) - Wide(static_cast<double>(c.mean[row])) -
                       Wide(static_cast<double>(c.mean_low[row]));
        const Wide g(static_cast<double>(c.dy.values[row * 96 + i]));
        const Wide term = g * d * Wide(static_cast<double>(c.invstd[row]));
        beta = beta + g;
        gamma = gamma + term;
        size += std::fabs(term.value());
      }
      CHECK(std::fabs(static_cast<double>(got.grad_beta[i]) - beta.value()) <= std::fabs(beta.value()) * 0x1.0001p-24);
      CHECK(std::fabs(static_cast<double>(got.grad_gamma[i]) - gamma.value()) <=
            std::fabs(gamma.value()) * 0x1.0001p-24 + size * 0x1p-45);
    }
  }
}
