// Pooling descriptors of C.
#pragma once

#include <poolnorm/c/pool.h>
#include <poolnorm/pool.hpp>

namespace poolnorm::c_api {

Window from_c(const poolnorm_window& c) noexcept;

// `name` is what messages call the struct.
Status read(const char* name, const poolnorm_pool_desc* c, PoolDesc& desc) noexcept;

}  // namespace poolnorm::c_api
