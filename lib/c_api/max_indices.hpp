// Descriptors of poolings with indices, of C.
#pragma once

#include <poolnorm/c/max_indices.h>
#include <poolnorm/max_indices.hpp>

namespace poolnorm::c_api {

Status read(const char* name, const poolnorm_max_indices_desc* c, MaxIndicesDesc& desc) noexcept;

}  // namespace poolnorm::c_api
