#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>

namespace bench {
namespace {

constexpr int samples = 11;
constexpr long most_cold_runs = 4;  // of a sample: emptying caches takes longer than the run
constexpr double patience = 0.05;   // seconds until other threads sleep

double cpu_time(clockid_t clock) {
  timespec t;
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Threads of a subject that spin for more work would take their time from the next subject.
void settle() {
  const double give_up = now() + patience;
  const auto others = [] { return cpu_time(CLOCK_PROCESS_CPUTIME_ID) - cpu_time(CLOCK_THREAD_CPUTIME_ID); };
  for (double before = others(); now() < give_up;) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    const double after = others();
    if (after - before < 30e-6) return;
    before = after;
  }
}

double sample(Subject& subject, long runs, const std::function<void()>& evict) {
  double seconds = 0;
  for (long i = 0; i < runs; ++i) {
    evict();
    const double start = now();
    subject.run();
    seconds += now() - start;
  }
  return seconds / static_cast<double>(runs);
}

double sample(Subject& subject, long runs) {
  const double start = now();
  for (long i = 0; i < runs; ++i) subject.run();
  return (now() - start) / static_cast<double>(runs);
}

// Runs per sample so that all samples take about `seconds`. Warms up on the way.
long calibrate(Subject& subject, double seconds) {
  const double wanted = seconds / samples;
  for (long runs = 1;; runs *= 4) {
    const double taken = sample(subject, runs);
    if (taken * static_cast<double>(runs) * 4 >= wanted) return std::max(1L, static_cast<long>(wanted / taken));
  }
}

}  // namespace

std::function<void()> eviction(const Row& row, const Tensors& tensors) {
  if (!row.cold) return {};
  return [&tensors] { tensors.evict(); };
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<Timing> measure(const std::vector<Subject*>& subjects, double seconds, const std::function<void()>& evict) {
  std::vector<long> runs;
  for (Subject* subject : subjects) {
    runs.push_back(calibrate(*subject, seconds));
    if (evict) runs.back() = std::min(runs.back(), most_cold_runs);
  }
  std::vector<std::vector<double>> times(subjects.size()), ratios(subjects.size());
  for (int i = 0; i < samples; ++i)
    for (std::size_t s = 0; s < subjects.size(); ++s) {
      if (subjects.size() > 1) settle();
      subjects[s]->run();  // wakes its threads
      times[s].push_back(evict ? sample(*subjects[s], runs[s], evict) : sample(*subjects[s], runs[s]));
      ratios[s].push_back(times[s].back() / times[0].back());
    }
  std::vector<Timing> timings;
  for (std::size_t s = 0; s < subjects.size(); ++s)
    timings.push_back({median(times[s]), *std::min_element(times[s].begin(), times[s].end()), median(ratios[s])});
  return timings;
}

}  // namespace bench
