// Batch norm and scale/shift against the reference: parameters given or not, residuals, all sizes.
#include "support/doctest.hpp"

#include <cmath>

#include "support/check.hpp"
#include "support/compare.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

TEST_CASE("channels and widths across every vector boundary") {
  for (Layout layout : layouts) {
    for (std::int64_t size = 1; size <= 2 * 16 + 1; ++size) {
      for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{2, size, 3, 5}, {2, 3, 2, size}}) {
        NormCase norm = norm_case(packed(layout, dims), Values::wide, static_cast<std::uint64_t>(size));
        check_norm(norm);
        norm.activation = relu();
        add_residual(norm, norm.src);
        check_norm(norm);
      }
    }
    for (std::int64_t channels : {1, 3, 17, 64, 129}) check_norm(norm_case(packed(layout, {2, channels, 6, 7})));
  }
}

TEST_CASE("any number of spatial dims") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{3, 40}, {3, 5, 40}, {2, 5, 3, 4, 19}})
      check_norm(norm_case(packed(layout, dims)));
  }
}

TEST_CASE("parameters that are not given") {
  for (Layout layout : layouts) {
    for (int given = 0; given < 16; ++given) {
      for (bool explicit_form : {false, true}) {
        NormCase norm = norm_case(packed(layout, {2, 19, 3, 21}), Values::special);
        norm.explicit_form = explicit_form;
        for (int i = 0; i < 4; ++i) {
          const bool optional = explicit_form || i >= 2;
          if (optional && !(given >> i & 1)) norm.parameters[i].clear();
        }
        check_norm(norm);
        add_residual(norm, norm.src);
        check_norm(norm);
      }
    }
  }
}

TEST_CASE("a is computed in f64 and rounded once") {
  for (float epsilon : {0.0f, 1e-12f, 1e-5f, 1e30f}) {
    NormCase norm = norm_case(nchw({1, 64, 5}), Values::wide);
    Random random(9);
    for (float& v : norm.parameters[1]) v = random.pick({1e-38f, 1e-20f, 1e-5f, 1.0f, 3e37f}) * random.uniform(0.5f, 1);
    norm.epsilon = epsilon;
    check_norm(norm);
  }
}

TEST_CASE("a variance of zero with epsilon 0, infinite and NaN parameters stay in their channels") {
  for (Layout layout : layouts) {
    NormCase norm = norm_case(packed(layout, {2, 21, 2, 9}));
    norm.epsilon = 0;
    norm.parameters[0][3] = INFINITY;
    norm.parameters[1][5] = 0;
    norm.parameters[1][6] = -1;
    norm.parameters[1][7] = INFINITY;
    norm.parameters[2][9] = NAN;
    norm.parameters[3][17] = -INFINITY;
    check_norm(norm);
  }
}

TEST_CASE("special values") {
  for (Layout layout : layouts) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      NormCase norm = norm_case(packed(layout, {2, 19, 3, 35}), Values::special, seed);
      check_norm(norm);
      norm.explicit_form = true;
      check_norm(norm);
    }
  }
}
