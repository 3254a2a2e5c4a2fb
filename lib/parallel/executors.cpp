// The executors poolnorm brings along. This file alone is compiled with OpenMP.
#include <poolnorm/executor.hpp>

#if defined(POOLNORM_HAS_OPENMP)
#include <omp.h>
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>

#include <atomic>
#endif
#endif

namespace poolnorm {

Executor serial_executor() noexcept { return {}; }

#if defined(POOLNORM_HAS_OPENMP)
namespace {

// OpenMP's threads do not survive fork(): a child that enters a region hangs in libgomp. The process
// that entered one first keeps the right to.
bool may_enter_region() noexcept {
#if defined(__unix__) || defined(__APPLE__)
  static std::atomic<int> owner{0};
  const int self = static_cast<int>(getpid());
  int none = 0;
  return owner.compare_exchange_strong(none, self, std::memory_order_relaxed) || none == self;
#else
  return true;
#endif
}

// Worker w gets the w-th of equal contiguous parts, so that repeated runs touch the same memory.
void openmp_parallel_for(void* self, std::int64_t count, Task task, void* context) {
  const std::int64_t workers_wanted = reinterpret_cast<std::intptr_t>(self);
  const int threads = static_cast<int>(workers_wanted < count ? workers_wanted : count);
  if (omp_in_parallel() != 0 || !may_enter_region()) {
    task(context, 0, count, 0);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    const std::int64_t workers = omp_get_num_threads(), worker = omp_get_thread_num();
    const std::int64_t share = count / workers, rest = count % workers;
    const std::int64_t begin = worker * share + (worker < rest ? worker : rest);
    const std::int64_t end = begin + share + (worker < rest ? 1 : 0);
    if (begin < end) task(context, begin, end, static_cast<int>(worker));
  }
}

}  // namespace

Executor openmp_executor(int threads) noexcept {
  const int workers = threads > 0 ? threads : omp_get_max_threads();
  if (workers < 2) return serial_executor();
  return {workers, openmp_parallel_for, reinterpret_cast<void*>(static_cast<std::intptr_t>(workers))};
}
#else
Executor openmp_executor(int) noexcept { return serial_executor(); }
#endif

Executor default_executor() noexcept { return openmp_executor(0); }

}  // namespace poolnorm
