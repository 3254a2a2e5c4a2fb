// A Status as C sees it, and plans behind opaque pointers.
#pragma once

#include <poolnorm/c/status.h>
#include <poolnorm/status.hpp>

#include <new>
#include <utility>

#include "plan/refuse.hpp"

namespace poolnorm::c_api {

// The code; `out`, which may be null, gets the message too.
int answer(const Status& status, poolnorm_status* out) noexcept;

// Hands a made plan over as `Opaque`, a struct { Plan plan; }.
template <class Opaque, class Plan>
int hand_over(Result<Plan>&& made, Opaque** out, poolnorm_status* status) noexcept {
  if (!made) return answer(made.status, status);
  *out = new (std::nothrow) Opaque{std::move(made.value)};
  return answer(*out == nullptr ? out_of_memory() : Status(), status);
}

}  // namespace poolnorm::c_api
