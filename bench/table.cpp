#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "caches.hpp"

namespace bench {
namespace {

constexpr int name_width = 70;

std::string time_text(double seconds) {
  char text[32];
  if (seconds < 1e-3)
    std::snprintf(text, sizeof text, "%.2f us", seconds * 1e6);
  else
    std::snprintf(text, sizeof text, "%.2f ms", seconds * 1e3);
  return text;
}

std::string size_text(double bytes) {
  char text[32];
  if (bytes < 1 << 20)
    std::snprintf(text, sizeof text, "%.0f KiB", bytes / (1 << 10));
  else
    std::snprintf(text, sizeof text, "%.0f MiB", bytes / (1 << 20));
  return text;
}

double counter(const benchmark::BenchmarkReporter::Run& run, const std::string& name) {
  const auto found = run.counters.find(name);
  return found == run.counters.end() ? 0 : found->second.value;
}

// Why there is no result, if there is none; the field's name depends on Google Benchmark's version.
template <class Run>
std::string failure(const Run& run) {
  if constexpr (requires { run.error_occurred; }) {
    return run.error_occurred ? run.error_message : "";
  } else {
    return static_cast<int>(run.skipped) != 0 ? run.skip_message : "";
  }
}

}  // namespace

bool Table::ReportContext(const Context&) {
  std::printf("Caches: L1 %s, L2 %s a core, L3 %s.", size_text(cache_bytes(1)).c_str(),
              size_text(cache_bytes(2)).c_str(), size_text(cache_bytes(3)).c_str());
  for (const Peer& peer : session_.peers()) std::printf(" Beside it: %s %s.", peer.name.c_str(), peer.version.c_str());
  std::printf("\nMedians; '!' is a row below its bar (bench/README.md).\n");
  return true;
}

void Table::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type == Run::RT_Aggregate) continue;
    const std::string& name = run.run_name.function_name;
    if (name.starts_with("roofline/")) continue;  // the summary has them all
    const std::size_t slash = name.find('/');
    print_line(name.substr(0, slash), name.substr(slash + 1), run);
  }
  std::fflush(stdout);
}

void Table::print_line(const std::string& network, const std::string& rest, const Run& run) {
  if (network != network_) {
    network_ = network;
    std::printf("\n%-*s %11s %8s %6s  %-6s", name_width, network.c_str(), "time", "GB/s", "bound", "in");
    for (const Peer& peer : session_.peers()) std::printf(" %11s %6s", peer.name.c_str(), "ratio");
    std::printf("\n");
  }
  if (const std::string reason = failure(run); !reason.empty()) {
    ++failures_;
    std::printf("  %-*s FAILED: %s\n", name_width - 2, rest.c_str(), reason.c_str());
    return;
  }
  const std::string level = run.report_label.substr(0, run.report_label.find(';'));
  const double seconds = run.real_accumulated_time / static_cast<double>(std::max<std::int64_t>(1, run.iterations));
  const std::size_t threads = rest.rfind("/t"), after = std::min(rest.find('/', threads + 1), rest.size());
  Line line{network + "/" + rest.substr(0, threads) + rest.substr(after),
            std::stoi(rest.substr(threads + 2)),
            seconds,
            level,
            counter(run, "share"),
            counter(run, "bar"),
            {}};
  std::printf("  %-*s %11s %8.1f %4.0f %%%c %-6s", name_width - 2, rest.c_str(), time_text(seconds).c_str(),
              counter(run, "GB_per_s"), line.share * 100, line.share < line.bar ? '!' : ' ', line.level.c_str());
  for (const Peer& peer : session_.peers()) {
    line.ratios.push_back(counter(run, peer.name + "_ratio"));
    if (line.ratios.back() == 0)
      std::printf(" %11s %6s", "-", "-");
    else
      std::printf(" %11s %6.2f", time_text(counter(run, peer.name + "_us") * 1e-6).c_str(), line.ratios.back());
  }
  std::printf("\n");
  rows_.push_back(line);
}

// Rows of two threads, against the same rows of one.
void Table::print_threads() const {
  std::map<std::string, double> alone;  // seconds
  for (const Line& line : rows_)
    if (line.threads == 1) alone[line.row] = line.seconds;
  int both = 0, slower = 0;
  for (const Line& line : rows_) {
    const auto one = alone.find(line.row);
    if (line.threads != 2 || one == alone.end()) continue;
    ++both;
    slower += one->second / line.seconds < 0.95;
  }
  if (both > 0) std::printf("  two threads: slower than one (gain below 0.95) on %d of %d rows\n", slower, both);
}

void Table::Finalize() {
  if (!session_.roofline().points().empty()) {
    std::printf("\nBandwidth measured in this run, GB/s (read and written bytes)\n%-12s %8s %8s %8s %8s\n", "",
                "threads", "copy", "read", "write");
    for (const Roofline::Point& point : session_.roofline().points()) {
      std::printf("%-12s %8d", size_text(point.bytes).c_str(), point.threads);
      for (const double bandwidth : point.bandwidth) {
        if (bandwidth == 0)
          std::printf(" %8s", "-");
        else
          std::printf(" %8.1f", bandwidth * 1e-9);
      }
      std::printf("\n");
    }
  }
  std::printf("\n%zu rows, %d failed\n", rows_.size() + static_cast<std::size_t>(failures_), failures_);
  for (const Level level : {Level::l1, Level::l2, Level::memory}) {
    int all = 0, below = 0;
    double logs = 0;
    for (const Line& line : rows_) {
      if (line.level != name(level)) continue;
      ++all;
      below += line.share < line.bar;
      logs += std::log(line.share);
    }
    if (all == 0) continue;
    std::printf("  %-7s %4d rows, %4d below the bar of %.2f of the bound, geometric mean %.2f\n", name(level), all,
                below, bar(level), std::exp(logs / all));
  }
  for (std::size_t peer = 0; peer < session_.peers().size(); ++peer) {
    int timed = 0, slower = 0;
    double logs = 0;
    for (const Line& line : rows_) {
      if (line.ratios[peer] == 0) continue;
      ++timed;
      slower += line.ratios[peer] < 0.95;
      logs += std::log(line.ratios[peer]);
    }
    if (timed == 0) continue;
    std::printf("  %s: geometric mean of its time over ours %.2f on %d rows, ahead of us (ratio below 0.95) on %d\n",
                session_.peers()[peer].name.c_str(), std::exp(logs / timed), timed, slower);
  }
  print_threads();
}

}  // namespace bench
