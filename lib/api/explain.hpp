// What explain() returns: how long its line is.
#pragma once

#include <cstddef>

namespace poolnorm {

// Of what snprintf said.
inline std::size_t written(int length) noexcept { return length < 0 ? 0 : static_cast<std::size_t>(length); }

}  // namespace poolnorm
