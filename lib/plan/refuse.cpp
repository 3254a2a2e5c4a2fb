#include "plan/refuse.hpp"

#include <charconv>
#include <cstdarg>
#include <cstdio>

namespace poolnorm {
namespace {

Status format_status(StatusCode code, const char* format, std::va_list arguments) noexcept POOLNORM_PRINTF(2, 0);
Status format_status(StatusCode code, const char* format, std::va_list arguments) noexcept {
  Status s;
  s.code = code;
  std::vsnprintf(s.message, sizeof s.message, format, arguments);
  return s;
}

}  // namespace

Status invalid(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  const Status s = format_status(StatusCode::invalid_argument, format, arguments);
  va_end(arguments);
  return s;
}

Status unsupported(const char* format, ...) noexcept {
  std::va_list arguments;
  va_start(arguments, format);
  const Status s = format_status(StatusCode::unsupported, format, arguments);
  va_end(arguments);
  return s;
}

Status out_of_memory() noexcept {
  Status s = invalid("%s", "out of memory");
  s.code = StatusCode::out_of_memory;
  return s;
}

Number::Number(double x) noexcept {
  *std::to_chars(text, text + sizeof text - 1, x, std::chars_format::general, 6).ptr = 0;
}

Status in_part(const char* part, const Status& status) noexcept {
  if (status.code == StatusCode::out_of_memory) return status;
  Status s;
  s.code = status.code;
  std::snprintf(s.message, sizeof s.message, "%s.%.*s", part, Status::message_size - 32, status.message);
  return s;
}

Status in_stage(const char* stage, int index, const Status& status) noexcept {
  if (status.code == StatusCode::out_of_memory) return status;
  Status s;
  s.code = status.code;
  std::snprintf(s.message, sizeof s.message, "%s[%d].%.*s", stage, index, Status::message_size - 32, status.message);
  return s;
}

}  // namespace poolnorm
