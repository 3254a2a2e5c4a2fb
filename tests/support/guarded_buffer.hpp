// GuardedBuffer: memory between two pages that must not be touched; its slack holds a canary.
#pragma once

#include <cstddef>
#include <cstdint>

namespace poolnorm::tests {

// Where the data stands in its pages: flush with the end or the beginning, or `offset` elements away.
struct Placement {
  enum Edge { end, begin } edge = end;
  int offset = 0;
};

// What unwritten memory holds: a signalling NaN that no operation returns, or a number that none comes to by
// chance. A result that depended on it would differ from one to the other.
inline constexpr std::uint32_t canaries[] = {0x7fa5a5a5u, 0x5e9c3a71u};
inline std::uint32_t canary = canaries[0];

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::int64_t elements, Placement placement = {}, std::int64_t element_bytes = sizeof(float));
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  float* data() const { return static_cast<float*>(data_); }
  void* bytes() const { return data_; }
  std::int64_t size() const { return size_; }
  void fill_with_canary();
  // Whether all that is accessible, but for these bytes of it, holds the canary.
  bool untouched_but(const void* first, std::size_t bytes) const;
  // All accessible memory, data and slack.
  const std::uint32_t* pages_begin() const { return pages_; }
  const std::uint32_t* pages_end() const { return pages_ + page_floats_; }

 private:
  void* mapping_;
  std::uint32_t* pages_;
  std::size_t page_floats_;
  void* data_;
  std::int64_t size_;
};

std::size_t page_bytes();

}  // namespace poolnorm::tests
