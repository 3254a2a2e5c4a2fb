// Table: Google Benchmark's results as one line a row, and a summary.
#pragma once

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "session.hpp"

namespace bench {

class Table : public benchmark::BenchmarkReporter {
 public:
  explicit Table(const Session& session) : session_(session) {}

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;  // the summary

 private:
  struct Line {
    std::string row;  // its name without the threads
    int threads;
    double seconds;
    std::string level;
    double share, bar;
    std::vector<double> ratios;  // by peer; 0: not timed
  };
  void print_line(const std::string& network, const std::string& rest, const Run& run);
  void print_threads() const;

  const Session& session_;
  std::string network_;
  std::vector<Line> rows_;
  int failures_ = 0;
};

}  // namespace bench
