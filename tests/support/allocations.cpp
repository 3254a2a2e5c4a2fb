#include "allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdlib>

#include "sanitizers.hpp"

namespace {

std::atomic<std::int64_t> count{0}, live{0}, bytes{0};
thread_local std::int64_t until_failure = -1;  // -1: none is to fail
thread_local bool has_failed = false;

}  // namespace

namespace poolnorm::tests {

std::int64_t allocations() { return count; }
std::int64_t live_allocations() { return live; }
std::int64_t allocated_bytes() { return bytes; }

void fail_allocation(std::int64_t n) {
  has_failed = false;
  until_failure = n;
}

bool allocation_failed() {
  until_failure = -1;
  return has_failed;
}

#if defined(__GLIBC__) && !POOLNORM_SANITIZED

bool counts_allocations() { return true; }

namespace {

bool fails(std::size_t size) {
  ++count;
  bytes += static_cast<std::int64_t>(size);
  if (until_failure < 0 || until_failure-- > 0) return false;
  return has_failed = true;
}

void* counted(void* p) {
  if (p != nullptr) ++live;
  return p;
}

}  // namespace
}  // namespace poolnorm::tests

using poolnorm::tests::counted;
using poolnorm::tests::fails;

// operator new of the C++ library calls malloc, so these are all.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) { return fails(size) ? nullptr : counted(__libc_malloc(size)); }
void* calloc(std::size_t n, std::size_t size) { return fails(n * size) ? nullptr : counted(__libc_calloc(n, size)); }
void* realloc(void* p, std::size_t size) {
  if (fails(size)) return nullptr;
  void* const now = __libc_realloc(p, size);
  if (p == nullptr) return counted(now);
  if (now == nullptr && size == 0) --live;
  return now;
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails(size) ? nullptr : counted(__libc_memalign(alignment, size));
}
int posix_memalign(void** p, std::size_t alignment, std::size_t size) {
  *p = fails(size) ? nullptr : counted(__libc_memalign(alignment, size));
  return *p == nullptr ? ENOMEM : 0;
}
void free(void* p) {
  if (p != nullptr) --live;
  __libc_free(p);
}
}

#else

bool counts_allocations() { return false; }

}  // namespace poolnorm::tests

#endif
