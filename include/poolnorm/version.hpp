// The version of the library that a program runs with; version.h has that of the headers it was compiled with.
#pragma once

#include <poolnorm/export.h>
#include <poolnorm/version.h>

namespace poolnorm {

// POOLNORM_VERSION of the library's own headers.
POOLNORM_API int version() noexcept;

}  // namespace poolnorm
