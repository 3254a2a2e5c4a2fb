#include "tensor.hpp"

#include <algorithm>
#include <vector>

#include "element.hpp"
#include "undefined.hpp"

namespace poolnorm::tests {

Tensor::Tensor(const TensorDesc& desc, Placement placement)
    : desc_(desc), buffer_(span(desc), placement, size_of(desc.type)) {
  mark_elements_undefined();
}

void Tensor::mark_elements_undefined() const {
  if (!under_memcheck()) return;
  for_each_element(desc_, [&](std::int64_t, std::int64_t offset) {
    mark_undefined(at(offset), static_cast<std::size_t>(size_of(desc_.type)));
  });
}

void Tensor::reset() {
  buffer_.fill_with_canary();
  mark_elements_undefined();
}

void Tensor::write(const Dense& values) {
  for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) {
    if (desc_.type == ElementType::f32) {
      data()[offset] = values.values[i];  // signalling NaNs stay what they are
    } else {
      encode(desc_.type, values.values[i], at(offset));
    }
  });
  written_.assign(buffer_.pages_begin(), buffer_.pages_end());
}

void Tensor::write(const Dense64& values) {
  for_each_element(desc_,
                   [&](std::int64_t i, std::int64_t offset) { encode(desc_.type, values.values[i], at(offset)); });
  written_.assign(buffer_.pages_begin(), buffer_.pages_end());
}

bool Tensor::as_written() const { return std::equal(buffer_.pages_begin(), buffer_.pages_end(), written_.begin(), written_.end()); }

Dense Tensor::read() const {
  Dense values(dims_of(desc_));
  for_each_element(desc_, [&](std::int64_t i, std::int64_t offset) {
    values.values[i] =
        desc_.type == ElementType::f32 ? data()[offset] : static_cast<float>(decode(desc_.type, at(offset)));
  });
  return values;
}

Dense64 Tensor::read64() const {
  Dense64 values{dims_of(desc_), std::vector<double>(static_cast<std::size_t>(desc_.elements()))};
  for_each_element(desc_,
                   [&](std::int64_t i, std::int64_t offset) { values.values[i] = decode(desc_.type, at(offset)); });
  return values;
}

bool Tensor::gaps_untouched() const {
  std::vector<std::uint32_t> memory(buffer_.pages_begin(), buffer_.pages_end());
  auto* const copy = reinterpret_cast<unsigned char*>(memory.data());
  const auto* const pages = reinterpret_cast<const unsigned char*>(buffer_.pages_begin());
  const auto* const canary_bytes = reinterpret_cast<const unsigned char*>(&canary);
  for_each_element(desc_, [&](std::int64_t, std::int64_t offset) {
    const std::ptrdiff_t first = static_cast<unsigned char*>(at(offset)) - pages;
    for (std::ptrdiff_t i = first; i < first + size_of(desc_.type); ++i) copy[i] = canary_bytes[i % 4];
  });
  return std::all_of(memory.begin(), memory.end(), [](std::uint32_t word) { return word == canary; });
}

bool Tensor::untouched() const {
  const auto bytes = static_cast<std::size_t>(buffer_.pages_end() - buffer_.pages_begin()) * sizeof(std::uint32_t);
  mark_defined(buffer_.pages_begin(), bytes);  // the canary is the question here
  return std::all_of(buffer_.pages_begin(), buffer_.pages_end(), [](std::uint32_t word) { return word == canary; });
}

bool as_written(std::initializer_list<const Tensor*> inputs, std::initializer_list<const Tensor*> outputs) {
  return std::all_of(inputs.begin(), inputs.end(), [&](const Tensor* input) {
    const bool is_output = std::find(outputs.begin(), outputs.end(), input) != outputs.end();
    return input == nullptr || is_output || input->as_written();
  });
}

}  // namespace poolnorm::tests
