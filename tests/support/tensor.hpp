// Tensor: a strided tensor in a guarded buffer, filled from and read into Dense values.
#pragma once

#include <poolnorm/tensor.hpp>

#include "dense.hpp"
#include "guarded_buffer.hpp"

namespace poolnorm::tests {

class Tensor {
 public:
  explicit Tensor(const TensorDesc& desc, Placement placement = {});
  Tensor(const TensorDesc& desc, const Dense& values, Placement placement = {});

  const TensorDesc& desc() const { return desc_; }
  float* data() const { return buffer_.data(); }
  void write(const Dense& values);
  Dense read() const;
  void reset() { buffer_.fill_with_canary(); }
  // Whether everything in reach that is not an element of `desc` still holds the canary.
  bool gaps_untouched() const;
  // Whether the whole buffer holds it.
  bool untouched() const;

 private:
  TensorDesc desc_;
  GuardedBuffer buffer_;
};

}  // namespace poolnorm::tests
