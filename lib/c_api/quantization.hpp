// Quantisations of C.
#pragma once

#include <poolnorm/c/quantization.h>
#include <poolnorm/quantization.hpp>

namespace poolnorm::c_api {

inline Quantization from_c(const poolnorm_quantization& c) noexcept { return {c.scale, c.zero_point}; }

}  // namespace poolnorm::c_api
