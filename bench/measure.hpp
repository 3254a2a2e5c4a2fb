// Interleaved timing: one sample of every subject in turn, so that a change of the machine's mood
// meets them all.
#pragma once

#include <functional>
#include <vector>

#include "subject.hpp"

namespace bench {

struct Timing {
  double median = 0;  // seconds a run
  double minimum = 0;
  double ratio = 1;  // to the first subject: the median over pairs of samples
};

// 11 samples of each subject, and about `seconds` of each. `evict`, if given, is called before every run
// and not timed.
std::vector<Timing> measure(const std::vector<Subject*>& subjects, double seconds,
                            const std::function<void()>& evict = {});

// What makes a row's tensors cold; empty of a row with hot caches. `tensors` must outlive it.
std::function<void()> eviction(const Row& row, const Tensors& tensors);

double now();  // seconds on a steady clock
double median(std::vector<double> values);

}  // namespace bench
