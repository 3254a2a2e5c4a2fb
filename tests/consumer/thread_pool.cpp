// A host with threads of its own: poolnorm's tasks go to a pool of std::thread.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "layer.hpp"

class Pool {
 public:
  explicit Pool(int workers) {
    for (int w = 0; w < workers; ++w) threads_.emplace_back([this, w] { work(w); });
  }
  ~Pool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& t : threads_) t.join();
  }

  poolnorm::Executor executor() { return {static_cast<int>(threads_.size()), parallel_for, this}; }

 private:
  static void parallel_for(void* self, std::int64_t count, poolnorm::Task task, void* context) {
    auto& pool = *static_cast<Pool*>(self);
    const std::lock_guard<std::mutex> one_at_a_time(pool.turn_);
    std::unique_lock<std::mutex> lock(pool.mutex_);
    pool.task_ = task;
    pool.context_ = context;
    pool.count_ = count;
    pool.next_ = 0;
    pool.unfinished_ = count;
    pool.wake_.notify_all();
    pool.done_.wait(lock, [&] { return pool.unfinished_ == 0; });
  }

  void work(int worker) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stop_ || next_ < count_; });
      if (stop_) return;
      const std::int64_t i = next_++;
      lock.unlock();
      task_(context_, i, i + 1, worker);
      lock.lock();
      if (--unfinished_ == 0) done_.notify_one();
    }
  }

  std::mutex turn_, mutex_;
  std::condition_variable wake_, done_;
  poolnorm::Task task_ = nullptr;
  void* context_ = nullptr;
  std::int64_t count_ = 0, next_ = 0, unfinished_ = 0;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

int main() {
  const Layer layer;
  Pool pool(3);
  for (int i = 0; i < 20; ++i) {
    if (!layer.agrees(pool.executor())) return 1;
  }
}
