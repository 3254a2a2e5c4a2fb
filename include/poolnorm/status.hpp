// Status and Result: how poolnorm says no. Nothing throws, prints or aborts; a refused call has
// written nothing, and its message names the field and the value ("stride[1] is 0, must be >= 1").
#pragma once

namespace poolnorm {

enum class StatusCode : int {
  ok = 0,
  invalid_argument,  // a value, a combination, a pointer, a workspace or POOLNORM_ISA that is wrong
  unsupported,       // legal, but not served by this version, build or CPU: strides, types, sizes
  out_of_memory,     // a plan, or the workspace of a one-line call, could not be allocated
};

struct [[nodiscard]] Status {
  static constexpr int message_size = 192;

  StatusCode code = StatusCode::ok;
  char message[message_size] = "";  // NUL-terminated, empty when ok

  bool ok() const noexcept { return code == StatusCode::ok; }
  explicit operator bool() const noexcept { return ok(); }
};

// A value, or the reason why there is none. `value` may be used only when `status` is ok.
template <class T>
struct [[nodiscard]] Result {
  Status status;
  T value;

  bool ok() const noexcept { return status.ok(); }
  explicit operator bool() const noexcept { return ok(); }
  const char* message() const noexcept { return status.message; }
  T& operator*() noexcept { return value; }
  const T& operator*() const noexcept { return value; }
  T* operator->() noexcept { return &value; }
  const T* operator->() const noexcept { return &value; }
};

}  // namespace poolnorm
