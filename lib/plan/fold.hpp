// The per-channel arithmetic of batch norm, in f64.
#pragma once

#include <poolnorm/norm.hpp>

namespace poolnorm {

// The norm of a description, without its tensors.
Affine affine_of(const BatchNormDesc& desc) noexcept;
Affine affine_of(const ScaleShiftDesc& desc) noexcept;

// Lengths, types and epsilon. Messages name `prefix` and the field: "after.gamma has 3 values, ...".
Status check_batch_norm(const char* prefix, const Affine& affine, std::int64_t channels, ElementType wanted) noexcept;
Status check_epsilon(const char* prefix, float epsilon) noexcept;
Status check_scale_shift(const char* prefix, const Affine& affine, std::int64_t channels, ElementType wanted) noexcept;

// gamma / sqrt(variance + epsilon)
double norm_scale(const Affine& affine, std::int64_t channel) noexcept;
// Those of all channels, where the parameters hold T; without a call or a choice in the loop, which is then vectors.
template <class T>
void norm_scales(const Affine& affine, T* scales, std::int64_t channels) noexcept;

}  // namespace poolnorm
