// The kernels of norms behind statistics, of an ISA.
#pragma once

#include <poolnorm/isa.hpp>

#include "kernels/moments_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose.
const TrainingKernels& training_kernels(Isa isa) noexcept;

}  // namespace poolnorm
