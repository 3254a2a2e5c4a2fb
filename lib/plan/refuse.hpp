// The one way to say no: a Status whose message names the field and the value.
#pragma once

#include <poolnorm/status.hpp>

#include "plan/portability.hpp"

namespace poolnorm {

Status invalid(const char* format, ...) noexcept POOLNORM_PRINTF(1, 2);
Status unsupported(const char* format, ...) noexcept POOLNORM_PRINTF(1, 2);
Status out_of_memory() noexcept;

// A number in a message ("%s", Number(x).text): printf's %g, but with a point in every locale.
struct Number {
  explicit Number(float x) noexcept : Number(static_cast<double>(x)) {}
  explicit Number(double x) noexcept;
  char text[32];
};

// An enumerator, from 0 to the last.
template <class Enum>
Status check_known(const char* field, Enum value, Enum last) noexcept {
  const int v = static_cast<int>(value);
  return v < 0 || v > static_cast<int>(last) ? invalid("%s is %d, no known value", field, v) : Status();
}

// The same refusal, of a field of `part`.
Status in_part(const char* part, const Status& status) noexcept;

// The same refusal, of field `stage`[`index`].
Status in_stage(const char* stage, int index, const Status& status) noexcept;

}  // namespace poolnorm
