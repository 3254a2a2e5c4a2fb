// Exponents as kernels/power.cpp wants them.
#pragma once

#include "kernels/power_table.hpp"

namespace poolnorm {

Exponent exponent_of(double p) noexcept;

// Of 1 / p.
Exponent inverse_of(double p) noexcept;

// Of p - 1, which may be less than 0, and of 1 - p.
Exponent derivative_of(double p) noexcept;
Exponent negative_of(const Exponent& exponent) noexcept;

}  // namespace poolnorm
