// Local response norm as a case: its request and values, what it must be near, and a run of it on guarded memory.
#pragma once

#include <poolnorm/local_response_norm.hpp>

#include <cmath>
#include <limits>

#include "dense.hpp"
#include "doctest.hpp"
#include "reference.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct ResponseCaseOf {
  LocalResponseNormDesc desc;
  DenseOf<T> x;

  // By long double; of f32 and f64, where no square leaves f64.
  reference::Bounds bounds() const;
  DenseOf<T> run(const How& how, Alias alias = Alias::none) const;
};

std::string text_of(const LocalResponseNormDesc& desc);

// Forward or back, by type.
template <class Desc = LocalResponseNormDesc>
Desc response_desc(const TensorDesc& src, std::int64_t size, double alpha = 1, double beta = 0.75, double k = 1) {
  Desc d;
  d.src = src;
  d.size = size;
  d.alpha = alpha;
  d.beta = beta;
  d.k = k;
  return d;
}

// What is wrong with the numbers of either. `message` of a change to a desc that is good.
template <class Desc, class Message>
void check_numbers_refused(Message message) {
  using D = Desc&;
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(message([](D) {}) == "");
  CHECK(message([](D d) { d.size = 0; }) == "size is 0, must be >= 1");
  CHECK(message([](D d) { d.window = static_cast<ResponseWindow>(2); }) == "window is 2, no known value");
  CHECK(message([](D d) { d.alpha = -1; }) == "alpha is -1, must be finite and >= 0");
  CHECK(message([](D d) { d.alpha = inf; }) == "alpha is inf, must be finite and >= 0");
  CHECK(message([](D d) { d.beta = 0; }) == "beta is 0, must be 1/1024 to 1024");
  CHECK(message([](D d) { d.beta = 1025; }) == "beta is 1025, must be 1/1024 to 1024");
  CHECK(contains(message([](D d) { d.beta = std::nan(""); }), "must be 1/1024 to 1024"));
  CHECK(message([](D d) { d.k = -0.5; }) == "k is -0.5, must be finite and >= 0");
  CHECK(message([](D d) { d.k = d.alpha = 0; }) == "k and alpha are 0: nothing to divide by");
  CHECK(message([](D d) { d.src.rank = 1; }) == "src.rank is 1, must be 2 to 5 (N, C and the spatial dims)");
  CHECK(message([](D d) { d.src.type = ElementType::u8; }) ==
        "src.type is u8, this operation works on f32, f16, bf16 and f64");
}

}  // namespace poolnorm::tests
