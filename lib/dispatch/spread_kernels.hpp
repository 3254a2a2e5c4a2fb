// The kernels of an ISA for gradients of averages and of Lp pooling.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/index_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose: those of f64, or of f32 for everything else.
const SpreadKernels& spread_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
