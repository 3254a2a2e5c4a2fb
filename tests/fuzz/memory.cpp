// Little memory: tables of more than 128 KiB find none. Refusals are what such requests are here for, and filling
// gigabytes would take the time of thousands of other requests.
#include <cstddef>
#include <new>

namespace {

constexpr std::size_t most_bytes = 1 << 17;

}  // namespace

// The library has no other operator new; libFuzzer has.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return size > most_bytes ? nullptr : ::operator new(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return size > most_bytes ? nullptr : ::operator new[](size);
}
