#include "session.hpp"

#include <stdexcept>

#include "bound.hpp"
#include "caches.hpp"
#include "measure.hpp"

namespace bench {

Session::Session(const Options& options)
    : row_time_(options.smoke ? 0.005 : options.row_time),
      peers_(options.peers ? make_peers(options.isa) : std::vector<Peer>{}),
      roofline_(options.isa, options.smoke ? 0.004 : 0.04) {}

Expectation& Session::expectation(const Row& row) {
  if (expected_layer_ != &row.layer || expected_batch_ != row.batch) {
    expectation_.emplace(row.layer, row.batch, tensors_.parameters());
    expected_layer_ = &row.layer;
    expected_batch_ = row.batch;
  }
  return *expectation_;
}

void Session::run(const Row& row, benchmark::State& state) {
  try {
    time(row, state);
  } catch (const std::exception& error) {
    ++failures_;
    state.SkipWithError(error.what());
  }
}

void Session::time(const Row& row, benchmark::State& state) {
  tensors_.prepare(row.layer, row.batch, row.layout);
  std::vector<std::unique_ptr<Subject>> owned;
  std::vector<const Peer*> timed_peers;
  owned.push_back(make_poolnorm(row, tensors_));
  tensors_.clear_dst();
  owned[0]->run();
  const std::string ours = expectation(row).difference_in_bits(tensors_.dst(), row.layout);
  if (!ours.empty()) throw std::runtime_error(ours);

  for (const Peer& peer : peers_) {
    std::unique_ptr<Subject> subject = peer.make(row, tensors_);
    if (subject == nullptr) continue;
    tensors_.clear_dst();
    subject->run();
    const std::string theirs = expectation(row).difference_of_peer(tensors_.dst(), row.layout);
    if (!theirs.empty()) throw std::runtime_error(peer.name + ": " + theirs);
    owned.push_back(std::move(subject));
    timed_peers.push_back(&peer);
  }

  std::vector<Subject*> subjects;
  for (const auto& subject : owned) subjects.push_back(subject.get());
  const std::vector<Timing> timings = measure(subjects, row_time_);
  for ([[maybe_unused]] auto _ : state) state.SetIterationTime(timings[0].median);
  report(row, timings[0].median, timings[0].minimum, state);
  for (std::size_t i = 0; i < timed_peers.size(); ++i) {
    const double theirs = timings[i + 1].median;
    state.counters[timed_peers[i]->name + "_us"] = theirs * 1e6;
    state.counters[timed_peers[i]->name + "_ratio"] = theirs / timings[0].median;
  }
}

void Session::report(const Row& row, double seconds, double minimum, benchmark::State& state) {
  const double bytes = bytes_of(row.layer, row.batch).total();
  const double least = bound(row.layer, row.batch, row.threads, roofline_);
  const Level level = level_of(bytes, row.threads);
  state.SetLabel(name(level));
  state.counters["GB_per_s"] = bytes / seconds * 1e-9;
  state.counters["share"] = least / seconds;
  state.counters["bar"] = bar(level);
  state.counters["bound_us"] = least * 1e6;
  state.counters["min_us"] = minimum * 1e6;
  state.counters["working_set"] = bytes;
}

}  // namespace bench
