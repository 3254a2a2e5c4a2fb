#include "c_api/answer.hpp"

#include <cstring>

namespace poolnorm::c_api {

static_assert(POOLNORM_STATUS_MESSAGE_SIZE == Status::message_size);

int answer(const Status& status, poolnorm_status* out) noexcept {
  const int code = static_cast<int>(status.code);
  if (out != nullptr) {
    out->code = code;
    std::memcpy(out->message, status.message, sizeof out->message);
  }
  return code;
}

}  // namespace poolnorm::c_api
