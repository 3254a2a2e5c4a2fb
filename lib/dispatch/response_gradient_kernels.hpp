// The kernels of an ISA and an element type for the gradient of local response norm.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/response_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose, and a floating-point type.
const ResponseGradientKernels& response_gradient_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
