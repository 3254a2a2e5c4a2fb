// Executor: who runs the tasks of a plan. poolnorm creates no threads of its own: it hands ranges of
// tasks to OpenMP, to the calling thread, or to the host's pool. Results do not depend on the choice.
#pragma once

#include <cstddef>
#include <cstdint>

#include <poolnorm/export.h>

namespace poolnorm {

// Runs tasks [begin, end). `worker` is in [0, max_workers) and unique among the calls that one parallel_for has running
// at once; a later call with the same one sees what the earlier wrote, as on one thread, or behind the pool's own lock.
using Task = void (*)(void* context, std::int64_t begin, std::int64_t end, int worker);

struct Executor {
  int max_workers = 1;  // below 1 means 1
  // Calls `task` on ranges that cover [0, count) exactly once, on any threads and in any order (empty ones do
  // nothing), and returns when all are done and what they wrote is visible to the caller. Null: the calling thread
  // runs everything. A run calls it never, once or several times; runs at the same time call it at the same time.
  // Must not throw.
  void (*parallel_for)(void* self, std::int64_t count, Task task, void* context) = nullptr;
  void* self = nullptr;
};  // openmp_executor's belong together: another max_workers is another executor

// The calling thread alone: no lock, no allocation, no thread.
POOLNORM_API Executor serial_executor() noexcept;

// OpenMP with `threads` threads (0: omp_get_max_threads()). Runs serially inside a parallel region, and in a child
// forked after a run with threads. If only other code used OpenMP before the fork, the child hangs in it: use
// serial_executor() there. In a build without OpenMP this is serial_executor().
POOLNORM_API Executor openmp_executor(int threads = 0) noexcept;

// openmp_executor() in a build that has OpenMP, else serial_executor().
POOLNORM_API Executor default_executor() noexcept;

// What one run needs beside its data. A plan asks for workspace_bytes(executor) bytes, at any
// alignment; two runs at the same time need two workspaces. It must overlap nothing that the run reads or writes; that
// is not checked. A default-constructed RunContext asks OpenMP for its thread count; RunContext{mine, workspace, bytes}
// does not.
struct RunContext {
  Executor executor = default_executor();
  void* workspace = nullptr;
  std::size_t workspace_bytes = 0;
};

}  // namespace poolnorm
