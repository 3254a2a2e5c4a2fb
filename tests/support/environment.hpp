// Numbers that the environment may set.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace poolnorm::tests {

inline std::int64_t environment_number(const char* variable, std::int64_t absent) {
  const char* const text = std::getenv(variable);
  return text == nullptr || *text == 0 ? absent : static_cast<std::int64_t>(std::strtoull(text, nullptr, 0));
}

}  // namespace poolnorm::tests
