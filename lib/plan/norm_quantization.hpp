// The quantisations of a norm of s8 and u8: checked, and in the kernels' words.
#pragma once

#include <poolnorm/norm.hpp>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

struct NormQuantization {
  Quantization src, dst, residual;
  Rounding rounding = Rounding::half_to_even;
};

// Of a BatchNormDesc or a ScaleShiftDesc.
template <class Desc>
NormQuantization quantization_of(const Desc& d) noexcept {
  return {d.src_quantization, d.dst_quantization, d.residual_quantization, d.rounding};
}

// Refuses what is no quantisation of a `tensor` of `type`, and any that is given to floating-point numbers. Messages call
// it `field`.
Status check_tensor_quantization(const char* field, const char* tensor, const Quantization& q, ElementType type) noexcept;

// The same of all three. A residual without a rank has none.
Status check_norm_quantization(const NormQuantization& q, const TensorDesc& src, const TensorDesc& dst,
                               const TensorDesc& residual) noexcept;

// Of tensors of s8 and u8. The bounds of relu and clamp are in it.
QuantizedArgs quantized_args(const NormQuantization& q, const TensorDesc& src, const TensorDesc& dst,
                             const TensorDesc& residual, const Activation& activation) noexcept;

}  // namespace poolnorm
