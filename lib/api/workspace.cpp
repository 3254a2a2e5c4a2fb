#include "api/workspace.hpp"

#include <algorithm>
#include <cstdint>
#include <new>

#include "parallel/run_tasks.hpp"
#include "plan/checked.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t line = 64;

}  // namespace

std::size_t workspace_size(const Executor& executor, std::int64_t worker_bytes, std::int64_t shared_bytes) noexcept {
  if (worker_bytes == 0 && shared_bytes == 0) return 0;
  const Checked bytes = Checked(worker_bytes) * worker_count(executor) + shared_bytes + (line - 1);
  // More than an address has bits: nobody has it.
  return static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(bytes.value()), SIZE_MAX));
}

Status check_workspace(const RunContext& context, std::int64_t worker_bytes, char*& aligned,
                       std::int64_t shared_bytes) noexcept {
  aligned = nullptr;
  const std::size_t needed = workspace_size(context.executor, worker_bytes, shared_bytes);
  if (needed == 0) return {};
  if (context.workspace == nullptr) return invalid("workspace is null, must have %zu bytes", needed);
  if (context.workspace_bytes < needed) {
    return invalid("workspace_bytes is %zu, must be >= %zu", context.workspace_bytes, needed);
  }
  const auto at = reinterpret_cast<std::uintptr_t>(context.workspace);
  aligned = static_cast<char*>(context.workspace) + (line - at % line) % line;
  return {};
}

OwnWorkspace::OwnWorkspace(std::size_t bytes) noexcept {
  context_.workspace_bytes = bytes;
  if (bytes != 0) context_.workspace = new (std::nothrow) char[bytes];
}

OwnWorkspace::~OwnWorkspace() { delete[] static_cast<char*>(context_.workspace); }

}  // namespace poolnorm
