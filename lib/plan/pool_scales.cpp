#include "plan/pool_scales.hpp"

#include <algorithm>
#include <cmath>

namespace poolnorm {
namespace {

// Numbers the distinct tap counts of an axis: `counts` lists them, `classes` says which output has which.
bool classify(const Axis& a, Divisor divisor, Array<std::int64_t>& classes, Array<std::int64_t>& counts,
              std::int64_t& distinct) noexcept {
  if (!classes.allocate(a.out) || !counts.allocate(a.out)) return false;
  distinct = 0;
  for (std::int64_t o = 0; o < a.out; ++o) {
    const std::int64_t n = a.counted(o, divisor);
    std::int64_t* const end = counts.data() + distinct;
    std::int64_t* const found = std::find(counts.data(), end, n);
    if (found == end) counts[distinct++] = n;
    classes[o] = found - counts.data();
  }
  return true;
}

}  // namespace

bool PoolScales::make(const PoolGeometry& g) noexcept {
  if (!g.adds_up() || g.empty) return true;
  Array<std::int64_t> d_counts, h_counts, w_counts;
  std::int64_t d_distinct = 0;
  if (!classify(g.d(), g.divisor, d_class_, d_counts, d_distinct)) return false;
  if (!classify(g.h(), g.divisor, h_class_, h_counts, h_classes_)) return false;
  if (!w_counts.allocate(g.w().out)) return false;
  bool uniform = true;
  for (std::int64_t o = 0; o < g.w().out; ++o) {
    w_counts[o] = g.w().counted(o, g.divisor);
    uniform = uniform && w_counts[o] == w_counts[0];
  }
  powers_of_two_ = true;
  largest_ = 1;
  const bool divides = g.integers() || g.src.type == ElementType::f64;
  step_ = uniform ? 0 : 1;
  const std::int64_t entries = uniform ? 1 : g.w().out;
  pitch_ = entries + slack;
  const Checked size = Checked(d_distinct) * h_classes_ * pitch_;
  if (!size.fits() || !table_.allocate(size.value())) return false;
  for (std::int64_t i = 0; i < d_distinct; ++i) {
    for (std::int64_t j = 0; j < h_classes_; ++j) {
      double* line = table_.data() + (i * h_classes_ + j) * pitch_;
      for (std::int64_t o = 0; o < entries; ++o) {
        const std::int64_t by = g.divide_by(d_counts[i], h_counts[j], w_counts[o]);
        largest_ = std::max(largest_, by);
        line[o] = divides ? static_cast<double>(by) : 1.0 / static_cast<double>(by);
        int exponent;
        powers_of_two_ = powers_of_two_ && std::frexp(line[o], &exponent) == 0.5;
      }
    }
  }
  return true;
}

}  // namespace poolnorm
