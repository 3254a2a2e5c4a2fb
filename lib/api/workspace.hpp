// The caller's workspace, and the memory of the one-line calls.
#pragma once

#include <cstddef>
#include <cstdint>

#include <poolnorm/executor.hpp>
#include <poolnorm/status.hpp>

namespace poolnorm {

// What a plan asks of its caller: `shared_bytes`, `worker_bytes` for every worker, and room to align.
std::size_t workspace_size(const Executor& executor, std::int64_t worker_bytes, std::int64_t shared_bytes = 0) noexcept;

// Refuses one that is too small; `aligned` is where the shared part begins, and then the first worker's.
Status check_workspace(const RunContext& context, std::int64_t worker_bytes, char*& aligned,
                       std::int64_t shared_bytes = 0) noexcept;

// The workspace of a one-line call, on the default executor.
class OwnWorkspace {
 public:
  explicit OwnWorkspace(std::size_t bytes) noexcept;
  OwnWorkspace(const OwnWorkspace&) = delete;
  OwnWorkspace& operator=(const OwnWorkspace&) = delete;
  ~OwnWorkspace();

  bool ok() const noexcept { return context_.workspace_bytes == 0 || context_.workspace != nullptr; }
  const RunContext& context() const noexcept { return context_; }

 private:
  RunContext context_;
};

}  // namespace poolnorm
