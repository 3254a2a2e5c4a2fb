// The kernels of an ISA for max pooling with indices.
#pragma once

#include <poolnorm/isa.hpp>

#include "kernels/index_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose.
const IndexKernels& index_kernels(Isa isa) noexcept;

}  // namespace poolnorm
