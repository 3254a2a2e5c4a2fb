// Counts every allocation of the process, and lets one fail: allocations.cpp stands in for malloc, free and
// operator new.
#pragma once

#include <cstdint>

namespace poolnorm::tests {

// False under sanitizers and C libraries whose malloc cannot be replaced this way.
bool counts_allocations();
std::int64_t allocations();
// Allocated and not yet freed.
std::int64_t live_allocations();
// Of all allocations.
std::int64_t allocated_bytes();

// The n-th allocation of this thread from now, counted from 0, finds no memory.
void fail_allocation(std::int64_t n);
// Whether it came to that; none fails from here on.
bool allocation_failed();

}  // namespace poolnorm::tests
