#include "guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>

namespace poolnorm::tests {
namespace {

// Mappings of few pages wait for the next buffer of their size: the kernel took most of a small test's time to make
// them. No allocation, for tests where that fails.
class SpareMappings {
 public:
  // nullptr: there is none.
  void* take(std::size_t pages) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return pages > most_pages || count_[pages] == 0 ? nullptr : spare_[pages][--count_[pages]];
  }
  bool keep(void* mapping, std::size_t pages) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (pages > most_pages || count_[pages] == most_of_a_size) return false;
    spare_[pages][count_[pages]++] = mapping;
    return true;
  }

 private:
  static constexpr std::size_t most_pages = 32, most_of_a_size = 32;
  std::mutex mutex_;
  void* spare_[most_pages + 1][most_of_a_size] = {};
  std::size_t count_[most_pages + 1] = {};
};
SpareMappings spare_mappings;

// `bytes` to be touched, a page before and one behind them that must not be.
void* map_guarded(std::size_t bytes, std::size_t page) {
  if (void* const spare = spare_mappings.take(bytes / page)) return spare;
  void* const mapping =
      mmap(nullptr, bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) std::abort();
  if (mprotect(static_cast<char*>(mapping) + page, bytes, PROT_READ | PROT_WRITE) != 0) std::abort();
  return mapping;
}

}  // namespace

std::size_t page_bytes() {
  static const auto bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

GuardedBuffer::GuardedBuffer(std::int64_t elements, Placement placement, std::int64_t element_bytes)
    : size_(elements) {
  const std::size_t page = page_bytes();
  const std::size_t bytes =
      (static_cast<std::size_t>(elements) + static_cast<std::size_t>(placement.offset)) * static_cast<std::size_t>(element_bytes);
  const std::size_t inner = std::max<std::size_t>(1, (bytes + page - 1) / page) * page;
  mapping_ = map_guarded(inner, page);
  char* const begin = static_cast<char*>(mapping_) + page;
  pages_ = reinterpret_cast<std::uint32_t*>(begin);
  page_floats_ = inner / sizeof(float);
  data_ = placement.edge == Placement::begin ? begin + placement.offset * element_bytes : begin + inner - bytes;
  fill_with_canary();
}

GuardedBuffer::~GuardedBuffer() {
  const std::size_t page = page_bytes(), inner = page_floats_ * sizeof(float);
  if (!spare_mappings.keep(mapping_, inner / page)) munmap(mapping_, inner + 2 * page);
}

bool GuardedBuffer::untouched_but(const void* first, std::size_t bytes) const {
  const auto* const memory = reinterpret_cast<const char*>(pages_begin());
  const auto* const end = reinterpret_cast<const char*>(pages_end());
  char pattern[sizeof canary];
  std::memcpy(pattern, &canary, sizeof canary);
  const auto intact = [&](const char* from, const char* to) {
    for (const char* p = from; p != to; ++p) {
      if (*p != pattern[(p - memory) % static_cast<std::ptrdiff_t>(sizeof canary)]) return false;
    }
    return true;
  };
  const auto* const begin = static_cast<const char*>(first);
  return intact(memory, begin) && intact(begin + bytes, end);
}

void GuardedBuffer::fill_with_canary() { std::fill_n(pages_, page_floats_, canary); }

}  // namespace poolnorm::tests
