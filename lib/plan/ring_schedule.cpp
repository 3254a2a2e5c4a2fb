#include "plan/ring_schedule.hpp"

#include <algorithm>

#include "plan/grain.hpp"

namespace poolnorm {
namespace {

// Row results of a task, in the second-level cache: narrower strips are read in pieces. Beyond `most_kept` they are made anew
// for each window.
constexpr std::int64_t row_budget = 128 * 1024;
constexpr std::int64_t most_kept = 1024 * 1024;

}  // namespace

std::int64_t reach(const Axis& a) noexcept { return std::min(a.in, a.adaptive ? a.nominal() : a.extent()); }

std::int64_t most_taps(const Axis& a) noexcept {
  if (a.adaptive) return a.nominal();
  return std::min(a.kernel, ceil_div(a.in, a.dilation));
}

void schedule_rings(const RingRequest& r, RingSchedule& s) noexcept {
  s.ring_d = r.ring_d;
  s.ring_h = r.ring_h;
  const auto kept = [&] {
    return (Checked(std::max<std::int64_t>(1, s.ring_d)) * std::max<std::int64_t>(1, s.ring_h) * r.row_bytes).value();
  };
  s.keeps = (Checked(kept()) * std::max<std::int64_t>(1, r.side)).value() <= most_kept;
  if (!s.keeps) s.ring_d = s.ring_h = 1;
  s.strip = r.side;
  if (r.side == 0) {
    const std::int64_t most = std::max<std::int64_t>(32, row_budget / kept() / 16 * 16);
    s.strip = std::min(r.c, round_up(ceil_div(r.c, ceil_div(r.c, most)), 16));
  }
  s.slabs = ceil_div(r.c, s.strip);
  const std::int64_t parts = r.n * s.slabs;
  s.row_tasks = parts >= min_tasks ? 1 : std::min(r.rows, ceil_div(min_tasks, parts));
  s.task_rows = ceil_div(r.rows, s.row_tasks);
  s.row_tasks = ceil_div(r.rows, s.task_rows);
  s.tasks = parts * s.row_tasks;
}

}  // namespace poolnorm
