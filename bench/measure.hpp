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

double now();  // seconds on a steady clock
double median(std::vector<double> values);

}  // namespace bench
