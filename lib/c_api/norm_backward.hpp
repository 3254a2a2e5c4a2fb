// Descriptors and data of batch norm's gradient, of C.
#pragma once

#include <poolnorm/c/norm_backward.h>
#include <poolnorm/norm_backward.hpp>

namespace poolnorm::c_api {

// `name` is what messages call the struct.
Status read(const char* name, const poolnorm_batch_norm_backward_desc* c, BatchNormBackwardDesc& desc) noexcept;
Status read(const char* name, const poolnorm_batch_norm_backward_data* c, BatchNormBackwardData& data) noexcept;

}  // namespace poolnorm::c_api
