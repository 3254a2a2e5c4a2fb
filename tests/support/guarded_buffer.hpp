// GuardedBuffer: memory between two pages that must not be touched; its slack holds a canary.
#pragma once

#include <cstddef>
#include <cstdint>

namespace poolnorm::tests {

// Where the data stands in its pages: flush with the end or the beginning, or `offset` floats away.
struct Placement {
  enum Edge { end, begin } edge = end;
  int offset = 0;
};

// A signalling NaN that no operation returns: unwritten memory stays recognisable.
inline constexpr std::uint32_t canary = 0x7fa5a5a5u;

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::int64_t floats, Placement placement = {});
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  float* data() const { return data_; }
  std::int64_t size() const { return size_; }
  void fill_with_canary();
  // All accessible memory, data and slack.
  const std::uint32_t* pages_begin() const { return pages_; }
  const std::uint32_t* pages_end() const { return pages_ + page_floats_; }

 private:
  void* mapping_;
  std::size_t mapping_bytes_;
  std::uint32_t* pages_;
  std::size_t page_floats_;
  float* data_;
  std::int64_t size_;
};

std::size_t page_bytes();

}  // namespace poolnorm::tests
