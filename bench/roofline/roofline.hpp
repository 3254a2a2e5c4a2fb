// Roofline: what this machine does at best, measured when first asked for and remembered for the run.
#pragma once

#include <map>
#include <tuple>
#include <vector>

#include <poolnorm/isa.hpp>

#include "kernels.hpp"
#include "tensors.hpp"

namespace bench {

enum class Traffic : int { copy = 0, read, write };

class Roofline {
 public:
  // Kernels of `isa` and narrower; about `seconds` a measured point.
  Roofline(poolnorm::Isa isa, double seconds);

  // Bytes a second, read and written ones together, with `bytes` in use by all threads. Measured at the
  // powers of two around it from 16 KiB to 512 MiB; the best kernel counts, by its median.
  double bandwidth(Traffic traffic, double bytes, int threads);

  // Seconds a float of one thread, from registers to registers.
  double seconds_per_float(Arithmetic arithmetic);

  struct Point {
    double bytes;
    int threads;
    double bandwidth[3];  // by Traffic; 0: not asked for
  };
  std::vector<Point> points() const;  // all bandwidths measured so far

 private:
  double point(Traffic traffic, int log2_bytes, int threads);
  double measure(Traffic traffic, double bytes, int threads);

  double seconds_;
  std::vector<const RooflineKernels*> kernels_;
  std::map<std::tuple<int, int, int>, double> bandwidths_;  // threads, log2 bytes, traffic
  double seconds_per_float_[arithmetic_count] = {};
  Buffer src_{0}, dst_{1344};
};

}  // namespace bench
