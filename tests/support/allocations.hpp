// Counts every allocation of the process: allocations.cpp stands in for malloc and operator new.
#pragma once

#include <cstdint>

namespace poolnorm::tests {

// False under sanitizers and C libraries whose malloc cannot be replaced this way.
bool counts_allocations();

std::int64_t allocations();

}  // namespace poolnorm::tests
