// The kernels of gradients of an ISA and an element type.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/moments_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose; null for a type that this build has no kernels for.
const GradientKernels* gradient_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
