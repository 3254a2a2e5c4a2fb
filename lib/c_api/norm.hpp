// Norm descriptors of C.
#pragma once

#include <poolnorm/c/norm.h>
#include <poolnorm/norm.hpp>

namespace poolnorm::c_api {

Activation from_c(const poolnorm_activation& c) noexcept;

// `name` is what messages call the struct.
Status read(const char* name, const poolnorm_affine* c, Affine& affine) noexcept;
Status read(const char* name, const poolnorm_batch_norm_desc* c, BatchNormDesc& desc) noexcept;
Status read(const char* name, const poolnorm_scale_shift_desc* c, ScaleShiftDesc& desc) noexcept;

}  // namespace poolnorm::c_api
