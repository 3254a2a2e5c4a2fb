// The kernels of an ISA for gradients of averages.
#pragma once

#include <poolnorm/isa.hpp>

#include "kernels/index_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose.
const SpreadKernels& spread_kernels(Isa isa) noexcept;

}  // namespace poolnorm
