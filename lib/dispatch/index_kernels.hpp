// The kernels of an ISA for max pooling with indices and for the ways back, and what converts rows for them.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/tensor.hpp>

#include "kernels/collect_table.hpp"
#include "kernels/index_table.hpp"

namespace poolnorm {

// For an ISA that choose_isa() chose. Of poolings those of f64, or of f32 for everything else.
const IndexKernels& index_kernels(Isa isa, ElementType type) noexcept;
const CollectKernels& collect_kernels(Isa isa, ElementType type) noexcept;
const CollectKernels& unpool_kernels(Isa isa, ElementType type) noexcept;
// Null for f32 and f64. Of values, and of bits that are only moved.
const ConvertKernels* index_converter(Isa isa, ElementType type) noexcept;
const ConvertKernels* bits_converter(Isa isa, ElementType type) noexcept;

}  // namespace poolnorm
