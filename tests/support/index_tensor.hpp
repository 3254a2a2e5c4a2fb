// Indices of max poolings in guarded memory.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "guarded_buffer.hpp"
#include "pool_indices.hpp"

namespace poolnorm::tests {

inline std::int64_t bytes_of(IndexType type) { return type == IndexType::u8 ? 1 : type == IndexType::i32 ? 4 : 8; }

// Indices in memory, flush with a protected page; gaps hold the canary's bytes.
class IndexTensor {
 public:
  IndexTensor(const TensorDesc& desc, IndexType type)
      : desc_(desc), type_(type), bytes_(tests::span(desc) * bytes_of(type)), buffer_((bytes_ + 7) / 8 * 2) {}
  char* data() const { return reinterpret_cast<char*>(const_cast<std::uint32_t*>(buffer_.pages_end())) - bytes_; }
  void write(const Indices& values) {
    for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) {
      std::memcpy(data() + offset * bytes_of(type_), &values[i], bytes_of(type_));  // little endian
    });
    written_.assign(buffer_.pages_begin(), buffer_.pages_end());
  }
  bool as_written() const { return std::equal(buffer_.pages_begin(), buffer_.pages_end(), written_.begin(), written_.end()); }
  Indices read() const {
    Indices values(static_cast<std::size_t>(desc_.elements()));
    for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) {
      const char* p = data() + offset * bytes_of(type_);
      std::int32_t narrow;
      if (type_ == IndexType::u8) values[i] = static_cast<unsigned char>(*p);
      if (type_ == IndexType::i32) std::memcpy(&narrow, p, 4), values[i] = narrow;
      if (type_ == IndexType::i64) std::memcpy(&values[i], p, 8);
    });
    return values;
  }
  bool gaps_untouched() const {
    std::vector<char> memory(reinterpret_cast<const char*>(buffer_.pages_begin()),
                             reinterpret_cast<const char*>(buffer_.pages_end()));
    const std::int64_t size = bytes_of(type_), first = static_cast<std::int64_t>(memory.size()) - bytes_;
    char pattern[4];
    std::memcpy(pattern, &canary, 4);
    for_each_element(desc_, [&](std::int64_t, std::int64_t offset) {
      for (std::int64_t b = 0; b < size; ++b) {
        memory[first + offset * size + b] = pattern[(first + offset * size + b) % 4];
      }
    });
    for (std::size_t i = 0; i < memory.size(); ++i) {
      if (memory[i] != pattern[i % 4]) return false;
    }
    return true;
  }

 private:
  TensorDesc desc_;
  IndexType type_;
  std::int64_t bytes_;
  GuardedBuffer buffer_;
  std::vector<std::uint32_t> written_;
};

}  // namespace poolnorm::tests
