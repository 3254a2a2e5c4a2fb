// What the processor counts on the calling thread, where the kernel lets us ask.
#pragma once

#include <cstdint>

namespace bench {

class PerfCounters {
 public:
  PerfCounters();
  PerfCounters(const PerfCounters&) = delete;
  PerfCounters& operator=(const PerfCounters&) = delete;
  ~PerfCounters();

  struct Counts {
    double cycles = 0, instructions = 0;
  };
  bool available() const { return cycles_ >= 0 && instructions_ >= 0; }
  void start();
  Counts stop();  // since start()

 private:
  int cycles_ = -1, instructions_ = -1;
};

}  // namespace bench
