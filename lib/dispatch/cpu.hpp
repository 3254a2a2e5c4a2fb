// What this CPU, and its operating system, can run.
#pragma once

#include <poolnorm/isa.hpp>

namespace poolnorm {

bool cpu_has(Isa isa) noexcept;

}  // namespace poolnorm
