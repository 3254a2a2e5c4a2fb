#include "roofline.hpp"

#include <algorithm>
#include <cmath>

#include "measure.hpp"

#define POOLNORM_ISA_ROW(isa)                       \
  namespace bench::isa {                            \
  extern const RooflineKernels roofline_kernels;    \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

namespace bench {
namespace {

constexpr int smallest = 14, largest = 29;  // log2 bytes
constexpr int least_samples = 5;

using Loop = void (*)(float*, const float*, std::size_t floats, std::size_t passes);

// Seconds a pass, median. Every thread passes over its own `floats` floats.
double pass_seconds(Loop loop, float* dst, const float* src, std::size_t floats, int threads, double seconds) {
  const auto run = [&](std::size_t passes) {
    double start = 0, end = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; ++thread) {  // wakes the threads, and warms their caches
      const std::size_t first = static_cast<std::size_t>(thread) * floats;
      loop(dst + first, src + first, floats, 1);
    }
    start = now();
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int thread = 0; thread < threads; ++thread) {
      const std::size_t first = static_cast<std::size_t>(thread) * floats;
      loop(dst + first, src + first, floats, passes);
    }
    end = now();
    return (end - start) / static_cast<double>(passes);
  };
  std::size_t passes = 1;
  double taken = run(passes);
  while (taken * static_cast<double>(passes) < seconds / 10) taken = run(passes *= 4);
  std::vector<double> samples;
  double total = 0;
  while (samples.size() < least_samples || total < seconds) {
    samples.push_back(run(passes));
    total += samples.back() * static_cast<double>(passes);
  }
  return median(samples);
}

}  // namespace

Roofline::Roofline(poolnorm::Isa isa, double seconds) : seconds_(seconds) {
  const RooflineKernels* table[] = {
#define POOLNORM_ISA_ROW(isa) &isa::roofline_kernels,
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
  };
  const poolnorm::Isa rows[] = {
#define POOLNORM_ISA_ROW(isa) poolnorm::Isa::isa,
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
  };
  // The list is in order, best first: this ISA's loops, and those of the next narrower one, which may
  // be faster in one cache level or another.
  const std::size_t first = static_cast<std::size_t>(std::find(std::begin(rows), std::end(rows), isa) - rows);
  for (std::size_t i = first; i < std::size(rows) && kernels_.size() < 2; ++i)
    if (poolnorm::available(rows[i])) kernels_.push_back(table[i]);
}

double Roofline::bandwidth(Traffic traffic, double bytes, int threads) {
  const double position = std::clamp(std::log2(bytes), double{smallest}, double{largest});
  const int below = static_cast<int>(position);
  const double part = position - below;
  const double low = point(traffic, below, threads);
  return part == 0 ? low : low * std::pow(point(traffic, below + 1, threads) / low, part);
}

double Roofline::point(Traffic traffic, int log2_bytes, int threads) {
  double& known = bandwidths_[{threads, log2_bytes, static_cast<int>(traffic)}];
  if (known == 0) known = measure(traffic, std::exp2(log2_bytes), threads);
  return known;
}

double Roofline::measure(Traffic traffic, double bytes, int threads) {
  const std::int64_t floats = static_cast<std::int64_t>(bytes) / 4 / (traffic == Traffic::copy ? 2 : 1);
  float* src = static_cast<float*>(src_.reserve(floats * 4));
  float* dst = static_cast<float*>(dst_.reserve(floats * 4));
  std::fill(src, src + floats, 1.0f);
  std::fill(dst, dst + floats, 1.0f);
  double best = 0;
  for (const RooflineKernels* kernels : kernels_) {
    std::vector<Loop> loops;
    if (traffic == Traffic::copy) loops = {kernels->copy, kernels->copy_streaming};
    if (traffic == Traffic::read) loops = {kernels->read};
    if (traffic == Traffic::write) loops = {kernels->write, kernels->write_streaming};
    for (const Loop loop : loops) {
      if (loop == nullptr) continue;
      const double seconds =
          pass_seconds(loop, dst, src, static_cast<std::size_t>(floats / threads), threads, seconds_);
      best = std::max(best, bytes / seconds);
    }
  }
  return best;
}

double Roofline::seconds_per_float(Arithmetic arithmetic) {
  double& known = seconds_per_float_[static_cast<int>(arithmetic)];
  if (known != 0) return known;
  for (const RooflineKernels* kernels : kernels_) {
    const auto run = kernels->arithmetic[static_cast<int>(arithmetic)];
    std::vector<double> samples;
    for (int i = 0; i < 11; ++i) {
      const double start = now();
      const std::size_t floats = run(10000);
      samples.push_back((now() - start) / static_cast<double>(floats));
    }
    const double taken = median(samples);
    if (known == 0 || taken < known) known = taken;
  }
  return known;
}

std::vector<Roofline::Point> Roofline::points() const {
  std::vector<Point> all;
  for (const auto& [key, bandwidth] : bandwidths_) {
    const auto [threads, log2_bytes, traffic] = key;
    const double bytes = std::exp2(log2_bytes);
    if (all.empty() || all.back().bytes != bytes || all.back().threads != threads)
      all.push_back({bytes, threads, {0, 0, 0}});
    all.back().bandwidth[traffic] = bandwidth;
  }
  return all;
}

}  // namespace bench
