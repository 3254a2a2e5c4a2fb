// The kernels of an ISA and an element type for gradients of Lp pooling of any power.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/spread_power_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose, and a floating-point type.
const SpreadPowerKernels& spread_power_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
