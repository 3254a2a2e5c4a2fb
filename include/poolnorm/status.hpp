// Status and Result: how poolnorm says no. Nothing throws, prints or aborts; a refused call has
// written nothing, and its message names the field and the value ("stride[1] is 0, must be >= 1").
#pragma once

namespace poolnorm {

enum class StatusCode : int {
  ok = 0,
  invalid_argument,  // a value that no version could accept
  unsupported,       // a legal request that this build or this CPU does not serve
  out_of_memory,     // plan creation could not allocate
};

struct Status {
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
  T* operator->() noexcept { return &value; }
  const T* operator->() const noexcept { return &value; }
};

}  // namespace poolnorm
