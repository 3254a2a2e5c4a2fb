#include "parallel/run_tasks.hpp"

#include "parallel/fp_control.hpp"

namespace poolnorm {
namespace {

// Below this a thread costs more to wake, two microseconds, than it saves.
constexpr std::int64_t min_shared_bytes = 256 * 1024;

struct Controlled {
  Task task;
  void* context;
  std::uint64_t control;
};

void run_controlled(void* self, std::int64_t begin, std::int64_t end, int worker) {
  if (begin == end) return;  // tasks may do something behind their last
  const Controlled& c = *static_cast<const Controlled*>(self);
  const std::uint64_t found = fp_control();
  if (found != c.control) set_fp_control(c.control);
  c.task(c.context, begin, end, worker);
  if (found != c.control) set_fp_control(found);
}

}  // namespace

void run_tasks(const Executor& executor, std::int64_t count, std::int64_t bytes, Task task, void* context) noexcept {
  if (worker_count(executor) == 1 || count < 2 || bytes < min_shared_bytes) {
    task(context, 0, count, 0);
    return;
  }
  Controlled c{task, context, fp_control()};
  executor.parallel_for(executor.self, count, run_controlled, &c);
}

}  // namespace poolnorm
