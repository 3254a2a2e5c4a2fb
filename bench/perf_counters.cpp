#include "perf_counters.hpp"

#include <initializer_list>

#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace bench {

#if defined(__linux__)

namespace {

// In user mode, of this thread, on any CPU. Follows `leader`, or leads when that is -1.
int open_counter(std::uint64_t what, int leader) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = what;
  attributes.disabled = leader < 0;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  return static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, leader, 0UL));
}

double count(int counter) {
  std::uint64_t value = 0;
  return read(counter, &value, sizeof value) == sizeof value ? static_cast<double>(value) : 0;
}

}  // namespace

PerfCounters::PerfCounters() {
  cycles_ = open_counter(PERF_COUNT_HW_CPU_CYCLES, -1);
  if (cycles_ >= 0) instructions_ = open_counter(PERF_COUNT_HW_INSTRUCTIONS, cycles_);
}

PerfCounters::~PerfCounters() {
  for (const int counter : {instructions_, cycles_})
    if (counter >= 0) close(counter);
}

void PerfCounters::start() {
  ioctl(cycles_, PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
  ioctl(cycles_, PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

PerfCounters::Counts PerfCounters::stop() {
  ioctl(cycles_, PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
  return {count(cycles_), count(instructions_)};
}

#else

PerfCounters::PerfCounters() = default;
PerfCounters::~PerfCounters() = default;
void PerfCounters::start() {}
PerfCounters::Counts PerfCounters::stop() { return {}; }

#endif

}  // namespace bench
