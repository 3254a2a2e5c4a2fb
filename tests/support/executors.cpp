#include "executors.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace poolnorm::tests {
namespace {

constexpr int pretended_workers = 7;

void reversed(void*, std::int64_t count, Task task, void* context) {
  for (std::int64_t i = count; i-- > 0;) task(context, i, i + 1, static_cast<int>(i % pretended_workers));
}

void zigzag(void*, std::int64_t count, Task task, void* context) {
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t i = k % 2 == 0 ? k / 2 : count - 1 - k / 2;
    task(context, i, i + 1, static_cast<int>(k % pretended_workers));
  }
}

void odd_ranges(void*, std::int64_t count, Task task, void* context) {
  for (std::int64_t begin = 0, size = 1; begin < count; begin += size, size += 2) {
    const std::int64_t end = std::min(count, begin + size);
    const int worker = static_cast<int>((pretended_workers - size % pretended_workers) % pretended_workers);
    task(context, begin, end, worker);
    task(context, end, end, worker);
  }
}

}  // namespace

ThreadPool::ThreadPool(int workers, std::function<void()> on_start, std::function<void()> after_range)
    : on_start_(std::move(on_start)), after_range_(std::move(after_range)) {
  for (int w = 0; w < workers; ++w) threads_.emplace_back([this, w] { work(w); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  work_to_do_.notify_all();
  for (std::thread& t : threads_) t.join();
}

Executor ThreadPool::executor() {
  Executor e;
  e.max_workers = static_cast<int>(threads_.size());
  e.parallel_for = parallel_for;
  e.self = this;
  return e;
}

void ThreadPool::parallel_for(void* self, std::int64_t count, Task task, void* context) {
  auto& pool = *static_cast<ThreadPool*>(self);
  std::lock_guard<std::mutex> one_job(pool.one_job_);
  std::unique_lock<std::mutex> lock(pool.mutex_);
  pool.job_ = {count, 0, task, context};
  pool.work_to_do_.notify_all();
  pool.all_done_.wait(lock, [&] { return pool.job_.next == count && pool.busy_ == 0; });
}

// Each thread is one worker id, so ids are unique among running tasks by construction.
void ThreadPool::work(int worker) {
  if (on_start_) on_start_();
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    work_to_do_.wait(lock, [&] { return stop_ || job_.next < job_.count; });
    if (stop_) return;
    const std::int64_t begin = job_.next;
    const std::int64_t share = std::max<std::int64_t>(1, job_.count / (3 * static_cast<std::int64_t>(threads_.size())));
    const std::int64_t end = job_.next = std::min(job_.count, begin + share);
    const Job job = job_;
    ++busy_;
    ++ranges_;
    lock.unlock();
    job.task(job.context, begin, end, worker);
    if (after_range_) after_range_();
    lock.lock();
    if (--busy_ == 0 && job_.next == job_.count) all_done_.notify_all();
  }
}

Executor reversed_executor() { return {pretended_workers, reversed, nullptr}; }
Executor zigzag_executor() { return {pretended_workers, zigzag, nullptr}; }
Executor odd_ranges_executor() { return {pretended_workers, odd_ranges, nullptr}; }

ThreadPool& shared_pool(int workers) {
  static std::map<int, std::unique_ptr<ThreadPool>> pools;
  std::unique_ptr<ThreadPool>& pool = pools[workers];
  if (!pool) pool = std::make_unique<ThreadPool>(workers);
  return *pool;
}

const std::vector<NamedExecutor>& host_executors() {
  static const std::vector<NamedExecutor> all = [] {
    std::vector<NamedExecutor> list = {
        {"reversed", reversed_executor()}, {"zigzag", zigzag_executor()}, {"odd ranges", odd_ranges_executor()}};
    for (int workers : {1, 2, 3, 5, 8, 16, 61})
      list.push_back({std::to_string(workers) + " threads", shared_pool(workers).executor()});
    return list;
  }();
  return all;
}

}  // namespace poolnorm::tests
