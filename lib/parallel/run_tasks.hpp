// Runs the tasks of a plan under the caller's floating-point control word.
#pragma once

#include <poolnorm/executor.hpp>

namespace poolnorm {

// `bytes`: what all tasks together read and write. Work too small to share runs on the calling thread.
void run_tasks(const Executor& executor, std::int64_t count, std::int64_t bytes, Task task, void* context) noexcept;

// (object.*Run)(task, worker) for each of them.
template <auto Run, class Object>
void run_each(const Executor& executor, std::int64_t count, std::int64_t bytes, Object& object) noexcept {
  const Task task = [](void* self, std::int64_t begin, std::int64_t end, int worker) {
    for (std::int64_t t = begin; t < end; ++t) (static_cast<Object*>(self)->*Run)(t, worker);
  };
  run_tasks(executor, count, bytes, task, &object);
}

// Workers that can get per-worker memory; at least 1.
inline int worker_count(const Executor& executor) noexcept {
  return executor.parallel_for == nullptr || executor.max_workers < 1 ? 1 : executor.max_workers;
}

}  // namespace poolnorm
