// The kernels of an ISA for gradients of averages and of Lp pooling.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/spread_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose, and a type with a fraction.
const SpreadKernels& spread_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
