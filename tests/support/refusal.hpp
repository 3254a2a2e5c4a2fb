// Checks of what is refused: the code, the words of the message, and a dst that stays as it was.
#pragma once

#include "doctest.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <poolnorm/poolnorm.hpp>

#include "tensor.hpp"

namespace poolnorm::tests {

using Words = std::vector<std::string>;

inline constexpr std::int64_t most = INT64_MAX;

inline void check_message(const Status& status, StatusCode code, const Words& words) {
  const std::string message = message_of(status);
  CHECK_MESSAGE(status.code == code, message);
  for (const std::string& word : words) CHECK_MESSAGE(contains(message, word), word, " is not in: ", message);
  CHECK(std::memchr(status.message, 0, sizeof status.message) != nullptr);
}

// What a refused call is handed: enough memory for anything it might wrongly do.
class BystanderData {
 public:
  ~BystanderData() { CHECK(dst_.untouched()); }
  const float* src() const { return src_.data(); }
  float* dst() const { return dst_.data(); }

 private:
  std::vector<float> src_ = std::vector<float>(4000, 1.0f);
  Tensor dst_{nchw({1, 1, 4000})};
};

}  // namespace poolnorm::tests
