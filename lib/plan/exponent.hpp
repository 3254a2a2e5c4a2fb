// Exponents as kernels/power.cpp wants them.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm {

Exponent exponent_of(double p) noexcept;

// Of 1 / p.
Exponent inverse_of(double p) noexcept;

}  // namespace poolnorm
