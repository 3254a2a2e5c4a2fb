// The instruction sets poolnorm has kernels for. Results do not depend on the choice, only speed does.
#pragma once

#include <poolnorm/export.h>

namespace poolnorm {

// The environment variable POOLNORM_ISA caps `best`: never a faster one than it names; empty or "best" is no cap. A
// name that this build has no kernels for is an error: every plan of `best` is then refused. It is read whenever such
// a plan is made: do not change the environment meanwhile.
enum class Isa : int {
  best = 0,  // the fastest this CPU can run, capped by POOLNORM_ISA
  portable,  // no intrinsics; every processor
  sse2,
  avx2,    // AVX2 + F16C
  avx512,  // AVX-512 F, CD, DQ, BW, VL
  neon,    // AArch64
};

// "best", "portable", "sse2", ...; "unknown" for a value that is not an Isa.
POOLNORM_API const char* name(Isa isa) noexcept;

// Whether this build has kernels for `isa` and this CPU (and its operating system) can run them.
POOLNORM_API bool available(Isa isa) noexcept;

}  // namespace poolnorm
