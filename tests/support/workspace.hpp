// The workspace of a run: no byte more than its plan asks for.
#pragma once

#include <poolnorm/executor.hpp>

#include "guarded_buffer.hpp"
#include "undefined.hpp"

namespace poolnorm::tests {

// Exactly the workspace that the plan asks for, at the address worst for alignment, with guard pages and
// canaries around it.
class Workspace {
 public:
  template <class Plan>
  Workspace(const Plan& plan, const Executor& executor)
      : bytes_(plan.workspace_bytes(executor)), buffer_(static_cast<std::int64_t>(bytes_ / sizeof(float) + 2 * line)) {
    const std::size_t last = buffer_bytes() - bytes_;
    first_ = last - (last - 1) % line;  // the page, and so the buffer's end, is aligned: 1 behind a line
    context_ = {executor, memory() + first_, bytes_};
    mark_undefined(context_.workspace, bytes_);
  }
  const RunContext& context() const { return context_; }
  bool surroundings_untouched() const { return buffer_.untouched_but(memory() + first_, bytes_); }

 private:
  static constexpr std::size_t line = 64;
  char* memory() const { return reinterpret_cast<char*>(const_cast<std::uint32_t*>(buffer_.pages_begin())); }
  std::size_t buffer_bytes() const {
    return static_cast<std::size_t>(buffer_.pages_end() - buffer_.pages_begin()) * sizeof(float);
  }

  std::size_t bytes_;
  GuardedBuffer buffer_;
  std::size_t first_ = 0;
  RunContext context_;
};

}  // namespace poolnorm::tests
