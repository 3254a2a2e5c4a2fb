// Memory of every worker of a run, initialised when the worker first asks for it, with a count for each.
#pragma once

#include <cstdint>
#include <cstring>

namespace poolnorm {

class WorkerMemory {
 public:
  // Of a worker that has `bytes`.
  static constexpr std::int64_t bytes_for(std::int64_t bytes) noexcept {
    return line + (bytes + line - 1) / line * line;
  }

  // `base`: bytes_for(bytes) for each of `workers`. Bytes from `cleared` on are initialised.
  WorkerMemory(char* base, std::int64_t bytes, std::int64_t cleared, int workers) noexcept
      : base_(base), bytes_(bytes), cleared_(cleared), workers_(workers) {
    for (int w = 0; w < workers; ++w) head(w) = {};
  }

  char* operator()(int worker) const noexcept {
    char* const memory = base_ + worker * bytes_for(bytes_) + line;
    if (!head(worker).ready) std::memset(memory + cleared_, 0, static_cast<std::size_t>(bytes_ - cleared_));
    head(worker).ready = true;
    return memory;
  }

  void count(int worker, std::int64_t more) const noexcept { head(worker).count += more; }
  std::int64_t total() const noexcept {
    std::int64_t sum = 0;
    for (int w = 0; w < workers_; ++w) sum += head(w).count;
    return sum;
  }

 private:
  static constexpr std::int64_t line = 64;
  struct Head {
    std::int64_t count = 0;
    bool ready = false;
  };
  Head& head(int worker) const noexcept { return *reinterpret_cast<Head*>(base_ + worker * bytes_for(bytes_)); }

  char* base_;
  std::int64_t bytes_, cleared_;
  int workers_;
};

}  // namespace poolnorm
