// The kernels of gradients of an ISA.
#pragma once

#include <poolnorm/isa.hpp>

#include "kernels/moments_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose.
const GradientKernels& gradient_kernels(Isa isa) noexcept;

}  // namespace poolnorm
