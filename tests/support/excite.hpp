// Excitation: request, meaning and run. Each image is the scale/shift of it.
#pragma once

#include <vector>

#include <poolnorm/excite.hpp>

#include "dense.hpp"
#include "run.hpp"

namespace poolnorm::tests {

// Of float, and of double for f64.
template <class T>
struct ExciteCaseOf {
  ExciteDesc desc;
  DenseOf<T> x, r;
  std::vector<T> scale;  // of every image and channel

  DenseOf<T> expected() const;
  DenseOf<T> run(const How& how, Alias alias = Alias::none) const;
};

}  // namespace poolnorm::tests
