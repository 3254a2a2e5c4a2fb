// Memory that no operation has written yet, for valgrind's memcheck to know (tests/valgrind.sh). Elsewhere nothing.
#pragma once

#include <cstddef>

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define POOLNORM_MEMCHECK 1
#endif
#endif

namespace poolnorm::tests {

#if defined(POOLNORM_MEMCHECK)
inline bool under_memcheck() { return RUNNING_ON_VALGRIND != 0; }
inline void mark_undefined(const void* p, std::size_t bytes) { (void)VALGRIND_MAKE_MEM_UNDEFINED(p, bytes); }
inline void mark_defined(const void* p, std::size_t bytes) { (void)VALGRIND_MAKE_MEM_DEFINED(p, bytes); }
#else
inline bool under_memcheck() { return false; }
inline void mark_undefined(const void*, std::size_t) {}
inline void mark_defined(const void*, std::size_t) {}
#endif

}  // namespace poolnorm::tests
