#include "session.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "bound.hpp"
#include "caches.hpp"

namespace bench {

Session::Session(const Options& options)
    : row_time_(options.smoke ? 0.005 : options.row_time),
      peers_(options.peers ? make_peers(options.isa) : std::vector<Peer>{}),
      roofline_(options.isa, options.smoke ? 0.004 : 0.04) {}

Expectation& Session::expectation(const Row& row) {
  if (expected_layer_ != &row.layer || expected_batch_ != row.batch) {
    expectation_.emplace(row.layer, row.batch, tensors_.parameters());
    if (row.layer.keeps_tensor()) {
      norm_ = norm_of(row.layer);
      intermediate_.emplace(*norm_, row.batch, tensors_.parameters());
    }
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
  std::string ours = expectation(row).difference_in_bits(tensors_.dst(), tensors_.indices(), row.layout);
  if (ours.empty() && row.layer.keeps_tensor())
    ours = intermediate_->difference_in_bits(tensors_.intermediate(), nullptr, row.layout);
  if (!ours.empty()) throw std::runtime_error(ours);

  std::string how;
  for (const Peer& peer : peers_) {
    if (!peer.ours && !row.layer.is_asked_of_peers()) continue;
    std::unique_ptr<Subject> subject;
    try {
      subject = peer.make(row, tensors_);
    } catch (const std::exception& error) {
      throw std::runtime_error(peer.name + ": " + error.what());
    }
    if (subject == nullptr) continue;
    tensors_.clear_dst();
    subject->run();
    subject->deliver();
    const std::string theirs = difference_of_peer(row);
    if (!theirs.empty()) throw std::runtime_error(peer.name + ": " + theirs);
    if (const std::string text = subject->how(); !text.empty()) how += "; " + peer.name + ": " + text;
    owned.push_back(std::move(subject));
    timed_peers.push_back(&peer);
  }

  std::vector<Subject*> subjects;
  for (const auto& subject : owned) subjects.push_back(subject.get());
  const std::vector<Timing> timings = measure(subjects, row_time_, eviction(row, tensors_));
  for ([[maybe_unused]] auto _ : state) state.SetIterationTime(timings[0].median);
  report(row, timings[0], how, state);
  double best = 0;
  for (std::size_t i = 0; i < timed_peers.size(); ++i) {
    const Timing& theirs = timings[i + 1];
    const std::string& name = timed_peers[i]->name;
    state.counters[name + "_us"] = theirs.median * 1e6;
    state.counters[name + "_ratio"] = theirs.ratio;
    if (timed_peers[i]->competes && (best == 0 || theirs.ratio < best)) best = theirs.ratio;
  }
  if (best > 0) state.counters["peers_ratio"] = best;
  if (!row.cold && row.threads == 1 && counters_.available()) count(row, *owned[0], state);
}

std::string Session::difference_of_peer(const Row& row) {
  const auto if_written = [this](void* data) { return data == nullptr || tensors_.is_clear(data) ? nullptr : data; };
  // Of 64 bits they are positions in the plane or in the whole tensor, as the peer counts.
  const void* indices = row.layer.indices == poolnorm::IndexType::u8 ? if_written(tensors_.indices()) : nullptr;
  std::string found = expectation(row).difference_of_peer(tensors_.dst(), indices, row.layout);
  if (const void* kept = if_written(tensors_.intermediate()); found.empty() && kept != nullptr)
    found = intermediate_->difference_of_peer(kept, nullptr, row.layout);
  return found;
}

void Session::count(const Row& row, Subject& subject, benchmark::State& state) {
  const Layer& layer = row.layer;
  const double outputs = static_cast<double>(
      row.batch * (layer.backward ? layer.channels * layer.plane() : layer.output_channels() * layer.output_plane()));
  subject.run();
  counters_.start();
  subject.run();
  const PerfCounters::Counts counts = counters_.stop();
  state.counters["cycles_per_output"] = counts.cycles / outputs;
  state.counters["instructions_per_output"] = counts.instructions / outputs;
}

void Session::run_roofline(Traffic traffic, double bytes, int threads, benchmark::State& state) {
  const double bandwidth = roofline_.bandwidth(traffic, bytes, threads);
  for ([[maybe_unused]] auto _ : state) state.SetIterationTime(bytes / bandwidth);
  state.counters["GB_per_s"] = bandwidth * 1e-9;
  state.counters["working_set"] = bytes;
}

void Session::report(const Row& row, const Timing& timing, const std::string& how, benchmark::State& state) {
  const double bytes = bytes_of(row.layer, row.batch).total();
  const double from = row.cold ? std::max(bytes, 4 * cache_bytes(3)) : bytes;  // where the bytes come from
  const double least = bound(row.layer, row.batch, row.threads, roofline_, from);
  const Level level = level_of(from, row.threads);
  state.SetLabel(name(level) + how);
  state.counters["GB_per_s"] = bytes / timing.median * 1e-9;
  state.counters["share"] = least / timing.median;
  state.counters["bar"] = bar(level);
  state.counters["bound_us"] = least * 1e6;
  state.counters["min_us"] = timing.minimum * 1e6;
  state.counters["working_set"] = bytes;
}

}  // namespace bench
