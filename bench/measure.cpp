#include "measure.hpp"

#include <algorithm>
#include <chrono>

namespace bench {
namespace {

constexpr int least_samples = 11;

double sample(Subject& subject, long runs) {
  const double start = now();
  for (long i = 0; i < runs; ++i) subject.run();
  return (now() - start) / static_cast<double>(runs);
}

// Runs per sample so that `least_samples` samples take about `seconds`. Warms up on the way.
long calibrate(Subject& subject, double seconds) {
  const double wanted = seconds / least_samples;
  for (long runs = 1;; runs *= 4) {
    const double taken = sample(subject, runs);
    if (taken * static_cast<double>(runs) * 4 >= wanted) return std::max(1L, static_cast<long>(wanted / taken));
  }
}

}  // namespace

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Timing> measure(const std::vector<Subject*>& subjects, double seconds) {
  std::vector<long> runs;
  for (Subject* subject : subjects) runs.push_back(calibrate(*subject, seconds));
  std::vector<std::vector<double>> samples(subjects.size());
  for (int i = 0; i < least_samples; ++i)
    for (std::size_t s = 0; s < subjects.size(); ++s) samples[s].push_back(sample(*subjects[s], runs[s]));
  std::vector<Timing> timings;
  for (const std::vector<double>& all : samples)
    timings.push_back({median(all), *std::min_element(all.begin(), all.end())});
  return timings;
}

}  // namespace bench
