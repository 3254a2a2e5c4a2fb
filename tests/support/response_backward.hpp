// The gradient of local response norm as a case: its request and values, what it must be near, and a run of it on
// guarded memory.
#pragma once

#include <poolnorm/local_response_norm_backward.hpp>

#include "dense.hpp"
#include "reference.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct ResponseBackwardCaseOf {
  LocalResponseNormBackwardDesc desc;
  DenseOf<T> x, dy;

  // By long double, output by output; of f32 and f64, where nothing leaves f64.
  reference::Bounds bounds() const;
  // Alias: what grad_src is, of which the residual is grad_dst.
  DenseOf<T> run(const How& how, Alias alias = Alias::none) const;
};

std::string text_of(const LocalResponseNormBackwardDesc& desc);

}  // namespace poolnorm::tests
