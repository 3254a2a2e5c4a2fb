// The pooling kernels of an ISA.
#pragma once

#include <poolnorm/isa.hpp>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose.
const PoolKernels& pool_kernels(Isa isa) noexcept;

}  // namespace poolnorm
