// Session: runs rows, one after the other, with the data, the roofline and the peers they share.
#pragma once

#include <optional>
#include <vector>

#include <benchmark/benchmark.h>

#include "expectation.hpp"
#include "measure.hpp"
#include "options.hpp"
#include "peers/peer.hpp"
#include "perf_counters.hpp"
#include "roofline/roofline.hpp"
#include "subject.hpp"

namespace bench {

// Counters of a row: GB_per_s, share, bound_us, min_us, working_set, bar; for a peer P that does the
// layer P_us and P_ratio (its time over ours, the median of pairs); peers_ratio, the least of those that
// compete; cycles and instructions an output, of one thread. The label is the level of memory, then how
// each peer did it: "L2; oneDNN: jit:avx2; ...".
class Session {
 public:
  explicit Session(const Options& options);

  // Bandwidth at a working set, as a row of its own: counter GB_per_s.
  void run_roofline(Traffic traffic, double bytes, int threads, benchmark::State& state);

  // Checks, then times. One iteration of `state` is all samples; its time is their median.
  void run(const Row& row, benchmark::State& state);

  int failures() const { return failures_; }
  const std::vector<Peer>& peers() const { return peers_; }
  const Roofline& roofline() const { return roofline_; }

 private:
  Expectation& expectation(const Row& row);
  void time(const Row& row, benchmark::State& state);  // throws what makes the row an error
  // Of what a peer has just written to the tensors. Indices and an intermediate may be in memory of its own.
  std::string difference_of_peer(const Row& row);
  void report(const Row& row, const Timing& timing, const std::string& how, benchmark::State& state);
  void count(const Row& row, Subject& subject, benchmark::State& state);

  double row_time_;
  std::vector<Peer> peers_;
  Roofline roofline_;
  PerfCounters counters_;
  Tensors tensors_;
  std::optional<Expectation> expectation_;
  std::optional<Layer> norm_;  // of a chain that keeps its intermediate, and what that must be
  std::optional<Expectation> intermediate_;
  const Layer* expected_layer_ = nullptr;
  std::int64_t expected_batch_ = 0;
  int failures_ = 0;
};

}  // namespace bench
