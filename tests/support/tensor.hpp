// Tensor: a strided tensor in a guarded buffer, filled from and read into Dense values.
#pragma once

#include <poolnorm/tensor.hpp>

#include <initializer_list>
#include <vector>

#include "dense.hpp"
#include "guarded_buffer.hpp"

namespace poolnorm::tests {

class Tensor {
 public:
  explicit Tensor(const TensorDesc& desc, Placement placement = {});
  Tensor(const TensorDesc& desc, const Dense& values, Placement placement = {}) : Tensor(desc, placement) {
    write(values);
  }
  Tensor(const TensorDesc& desc, const Dense64& values, Placement placement = {}) : Tensor(desc, placement) {
    write(values);
  }

  const TensorDesc& desc() const { return desc_; }
  float* data() const { return buffer_.data(); }  // f32
  void* bytes() const { return buffer_.bytes(); }
  void write(const Dense& values);
  void write(const Dense64& values);
  Dense read() const;
  Dense64 read64() const;
  template <class T>
  DenseOf<T> read_as() const {
    if constexpr (sizeof(T) == 8) return read64();
    if constexpr (sizeof(T) == 4) return read();
  }
  // Whether the whole buffer, gaps and slack, is as write() left it.
  bool as_written() const;
  // As if nothing had been written.
  void reset();
  // Whether everything in reach that is not an element of `desc` still holds the canary.
  bool gaps_untouched() const;
  // Whether the whole buffer holds it.
  bool untouched() const;

 private:
  void mark_elements_undefined() const;
  void* at(std::int64_t offset) const { return static_cast<char*>(bytes()) + offset * size_of(desc_.type); }

  TensorDesc desc_;
  GuardedBuffer buffer_;
  std::vector<std::uint32_t> written_;
};

// What memory holds of `values` where elements are one and the same: the last.
template <class T>
DenseOf<T> held(const TensorDesc& desc, const DenseOf<T>& values) {
  return Tensor(desc, values).read_as<T>();
}

// Whether the inputs that were given, and are no output, too, are as they were written.
bool as_written(std::initializer_list<const Tensor*> inputs, std::initializer_list<const Tensor*> outputs = {});

}  // namespace poolnorm::tests
