// The norm kernels of an ISA and an element type.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose; null for a type that this build has no norms of.
const NormKernels* norm_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
