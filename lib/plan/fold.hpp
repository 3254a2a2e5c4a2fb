// The per-channel arithmetic of batch norm, in f64.
#pragma once

#include <poolnorm/norm.hpp>

namespace poolnorm {

// Lengths and epsilon; mean and variance must be there.
Status check_parameters(const BatchNormDesc& desc, std::int64_t channels) noexcept;
Status check_parameter(const char* name, const Floats& values, std::int64_t channels, bool optional) noexcept;

// gamma / sqrt(variance + epsilon)
double norm_scale(const BatchNormDesc& desc, std::int64_t channel) noexcept;

}  // namespace poolnorm
