// Interleaved timing: one sample of every subject in turn, so that a change of the machine's mood
// meets them all.
#pragma once

#include <vector>

#include "subject.hpp"

namespace bench {

struct Timing {
  double median = 0;   // seconds a run
  double minimum = 0;
};

// At least 11 samples of each subject, and about `seconds` of each.
std::vector<Timing> measure(const std::vector<Subject*>& subjects, double seconds);

double now();  // seconds on a steady clock
double median(std::vector<double> values);

}  // namespace bench
