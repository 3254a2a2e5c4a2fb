// Which instruction set a plan uses.
#pragma once

#include <poolnorm/isa.hpp>
#include <poolnorm/status.hpp>

namespace poolnorm {

// A named ISA exactly, or a refusal; Isa::best as capped by POOLNORM_ISA.
Status choose_isa(Isa requested, Isa& chosen) noexcept;

}  // namespace poolnorm
