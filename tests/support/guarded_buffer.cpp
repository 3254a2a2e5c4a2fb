#include "guarded_buffer.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace poolnorm::tests {

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
  mapping_bytes_ = inner + 2 * page;
  mapping_ = mmap(nullptr, mapping_bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping_ == MAP_FAILED) std::abort();
  char* const begin = static_cast<char*>(mapping_) + page;
  if (mprotect(begin, inner, PROT_READ | PROT_WRITE) != 0) std::abort();
  pages_ = reinterpret_cast<std::uint32_t*>(begin);
  page_floats_ = inner / sizeof(float);
  data_ = placement.edge == Placement::begin ? begin + placement.offset * element_bytes : begin + inner - bytes;
  fill_with_canary();
}

GuardedBuffer::~GuardedBuffer() { munmap(mapping_, mapping_bytes_); }

void GuardedBuffer::fill_with_canary() { std::fill_n(pages_, page_floats_, canary); }

}  // namespace poolnorm::tests
