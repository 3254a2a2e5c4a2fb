// Activations, checked and in the kernels' words.
#pragma once

#include <poolnorm/norm.hpp>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// Messages name `prefix` and the field.
Status check_activation(const char* prefix, const Activation& activation) noexcept;
// For kernels that calculate with x / scale. Bounds are left as they are.
void set_activation(const Activation& activation, AffineArgs& args, double scale = 1) noexcept;

}  // namespace poolnorm
