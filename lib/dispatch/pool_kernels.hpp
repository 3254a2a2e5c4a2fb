// The pooling kernels of an ISA and an element type.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose; null for a type that it has no kernels for. Each of the functions below
// stands in a file of its own: a program links the kernels of those that it names.
using PoolKernelsOf = const PoolKernels* (*)(Isa isa, ElementType type) noexcept;

// Every operation and every type of this build.
const PoolKernels* pool_kernels(Isa isa, ElementType type) noexcept;

// One operation, of f32.
const PoolKernels* f32_max_kernels(Isa isa, ElementType type) noexcept;
const PoolKernels* f32_min_kernels(Isa isa, ElementType type) noexcept;
const PoolKernels* f32_average_kernels(Isa isa, ElementType type) noexcept;
const PoolKernels* f32_lp_kernels(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
