// Local response norm as a case: its request and values, what it must be near, and a run of it on guarded memory.
#pragma once

#include <poolnorm/local_response_norm.hpp>

#include "dense.hpp"
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

}  // namespace poolnorm::tests
