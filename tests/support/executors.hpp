// Executors that a host might bring, some of them unkind.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <poolnorm/executor.hpp>

namespace poolnorm::tests {

// Threads of its own, which take small ranges as they come. `on_start` runs in each thread first and
// `after_range` behind every range.
class ThreadPool {
 public:
  explicit ThreadPool(int workers, std::function<void()> on_start = {}, std::function<void()> after_range = {});
  ~ThreadPool();

  Executor executor();
  // How many ranges were run so far.
  std::int64_t ranges() const { return ranges_; }

 private:
  struct Job {
    std::int64_t count = 0, next = 0;
    Task task = nullptr;
    void* context = nullptr;
  };
  static void parallel_for(void* self, std::int64_t count, Task task, void* context);
  void work(int worker);

  std::function<void()> on_start_, after_range_;
  std::mutex one_job_, mutex_;
  std::condition_variable work_to_do_, all_done_;
  Job job_;
  int busy_ = 0;
  std::int64_t ranges_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

// On the calling thread, one task a range: from the last task to the first, and in the order first,
// last, second, last but one; in ranges of 1, 3, 5, ... tasks, an empty one behind each. Worker ids change from range to range.
Executor reversed_executor();
Executor zigzag_executor();
Executor odd_ranges_executor();

// All of the above and pools of 1, 2, 3, 5, 8, 16 and 61 threads, by name.
struct NamedExecutor {
  std::string name;
  Executor executor;
};
const std::vector<NamedExecutor>& host_executors();

// The pool of `workers` threads that all tests share.
ThreadPool& shared_pool(int workers);

}  // namespace poolnorm::tests
