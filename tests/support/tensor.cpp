#include "tensor.hpp"

#include <algorithm>
#include <vector>

namespace poolnorm::tests {

Tensor::Tensor(const TensorDesc& desc, Placement placement) : desc_(desc), buffer_(span(desc), placement) {}

Tensor::Tensor(const TensorDesc& desc, const Dense& values, Placement placement) : Tensor(desc, placement) {
  write(values);
}

void Tensor::write(const Dense& values) {
  for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) { data()[offset] = values.values[i]; });
}

Dense Tensor::read() const {
  Dense values(dims_of(desc_));
  for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) { values.values[i] = data()[offset]; });
  return values;
}

bool Tensor::gaps_untouched() const {
  std::vector<std::uint32_t> memory(buffer_.pages_begin(), buffer_.pages_end());
  const std::int64_t first = reinterpret_cast<const std::uint32_t*>(data()) - buffer_.pages_begin();
  for_each_element(desc_, [&](std::int64_t, std::int64_t offset) { memory[first + offset] = canary; });
  return std::all_of(memory.begin(), memory.end(), [](std::uint32_t word) { return word == canary; });
}

bool Tensor::untouched() const {
  return std::all_of(buffer_.pages_begin(), buffer_.pages_end(), [](std::uint32_t word) { return word == canary; });
}

}  // namespace poolnorm::tests
