#include "plan/pool_scales.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace poolnorm {
namespace {

// What a window has along one axis: taps that divide, and taps inside the input.
struct Counts {
  std::int64_t divisor, inside;
  bool operator==(const Counts& o) const noexcept { return divisor == o.divisor && inside == o.inside; }
};

Counts counts_of(const PoolGeometry& g, const Axis& a, std::int64_t o) noexcept {
  return {a.counted(o, g.divisor), g.requantizes() ? a.taps(o).count : 0};
}

// Windows that count alike are neighbours: so many of the last counts are looked through. Another class is no harm.
constexpr std::int64_t looked_back = 64;

// Numbers the distinct counts of an axis: `counts` lists them, `classes` says which output has which.
bool classify(const PoolGeometry& g, const Axis& a, Array<std::int64_t>& classes, Array<Counts>& counts,
              std::int64_t& distinct) noexcept {
  if (!classes.allocate(a.out) || !counts.allocate(a.out)) return false;
  distinct = 0;
  for (std::int64_t o = 0; o < a.out; ++o) {
    const Counts n = counts_of(g, a, o);
    Counts* const end = counts.data() + distinct;
    Counts* const found = std::find(end - std::min(distinct, looked_back), end, n);
    if (found == end) counts[distinct++] = n;
    classes[o] = found - counts.data();
  }
  return true;
}

void write_requantization(const PoolGeometry& g, double divisor, std::int64_t inside, double* at) noexcept {
  const Quantization &from = g.src_quantization, &to = g.dst_quantization;
  const Requantization r{static_cast<double>(from.scale) / (static_cast<double>(to.scale) * divisor),
                         static_cast<double>(inside) * from.zero_point, static_cast<double>(to.zero_point),
                         g.rounding == Rounding::half_away_from_zero ? 1.0 : 0.0};
  std::memcpy(at, &r, sizeof r);
}

}  // namespace

bool PoolScales::make(const PoolGeometry& g) noexcept {
  if (!g.adds_up() || g.empty) return true;
  Array<Counts> d_counts, h_counts, w_counts;
  std::int64_t d_distinct = 0;
  if (!classify(g, g.d(), d_class_, d_counts, d_distinct)) return false;
  if (!classify(g, g.h(), h_class_, h_counts, h_classes_)) return false;
  if (!w_counts.allocate(g.w().out)) return false;
  bool uniform = true;
  for (std::int64_t o = 0; o < g.w().out; ++o) {
    w_counts[o] = counts_of(g, g.w(), o);
    uniform = uniform && w_counts[o] == w_counts[0];
  }
  powers_of_two_ = true;
  largest_ = 1;
  const std::int64_t numbers = g.requantizes() ? requantization_numbers : 1;
  step_ = uniform ? 0 : numbers;
  const std::int64_t entries = uniform ? 1 : g.w().out;
  pitch_ = (Checked(entries) * numbers).value();
  const Checked size = Checked(d_distinct) * h_classes_ * pitch_ + slack * numbers;
  if (!size.fits() || !table_.allocate(size.value())) return false;
  std::fill_n(table_.data(), size.value(), 1.0);  // vectors reach behind a line; nothing is divided by what is there
  for (std::int64_t i = 0; i < d_distinct; ++i) {
    for (std::int64_t j = 0; j < h_classes_; ++j) {
      double* line = table_.data() + (i * h_classes_ + j) * pitch_;
      for (std::int64_t o = 0; o < entries; ++o, line += numbers) {
        const Counts &d = d_counts[i], &h = h_counts[j], &w = w_counts[o];
        const std::int64_t by = g.divide_by(d.divisor, h.divisor, w.divisor);
        if (g.requantizes()) {
          write_requantization(g, static_cast<double>(by), d.inside * h.inside * w.inside, line);
          continue;
        }
        largest_ = std::max(largest_, by);
        *line = static_cast<double>(by);
        int exponent;
        powers_of_two_ = powers_of_two_ && std::frexp(*line, &exponent) == 0.5;
      }
    }
  }
  return true;
}

}  // namespace poolnorm
