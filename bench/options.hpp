// The command line of poolnorm_bench, without Google Benchmark's own --benchmark_*.
#pragma once

#include <string>
#include <vector>

#include <poolnorm/isa.hpp>

#include "layer.hpp"
#include "tensors.hpp"

namespace bench {

struct Options {
  std::vector<std::string> shape_files;  // paths
  std::vector<Layout> layouts = {Layout::nchw, Layout::nhwc};
  std::vector<int> threads;                 // default: 1, and 2 where OpenMP and a second CPU are
  std::vector<std::int64_t> batches;        // empty: as the layer says
  poolnorm::Isa isa = poolnorm::Isa::best;  // never `best` after reading
  double row_time = 0.1;                    // seconds of samples, of each subject
  std::vector<bool> cold = {false};         // hot caches, cold ones, or one after the other
  bool roofline = false;                    // the bandwidths as rows, before the layers
  bool peers = true;
  bool smoke = false;
  bool list_isas = false;
};

extern const char* const usage;

// Throws std::runtime_error on what it does not know.
Options read_options(int argc, char** argv);

// The instruction sets that have a bar and that this CPU runs, best first; if none, the best there is.
std::vector<poolnorm::Isa> measured_isas();

}  // namespace bench
