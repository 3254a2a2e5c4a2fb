#include "dispatch/choose.hpp"

#include <cstdlib>
#include <cstring>

#include "dispatch/cpu.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

// The ISAs of this build, best first.
constexpr Isa built[] = {
#define POOLNORM_ISA_ROW(isa) Isa::isa,
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
};

bool is_built(Isa isa) noexcept {
  for (Isa b : built) {
    if (b == isa) return true;
  }
  return false;
}

bool known(Isa isa) noexcept {
  return isa == Isa::portable || isa == Isa::sse2 || isa == Isa::avx2 || isa == Isa::avx512 || isa == Isa::neon;
}

// The entry of `built` that POOLNORM_ISA names; the first when it is not set.
Status find_cap(int& first) noexcept {
  first = 0;
  const char* wanted = std::getenv("POOLNORM_ISA");
  if (wanted == nullptr || *wanted == '\0' || std::strcmp(wanted, name(Isa::best)) == 0) return {};
  for (; first < static_cast<int>(sizeof built / sizeof *built); ++first) {
    if (std::strcmp(wanted, name(built[first])) == 0) return {};
  }
  return invalid("POOLNORM_ISA is \"%.40s\", no instruction set of this build", wanted);
}

}  // namespace

const char* name(Isa isa) noexcept {
  switch (isa) {
    case Isa::best: return "best";
    case Isa::portable: return "portable";
    case Isa::sse2: return "sse2";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
    case Isa::neon: return "neon";
  }
  return "unknown";
}

bool available(Isa isa) noexcept {
  if (isa == Isa::best) return true;
  return is_built(isa) && cpu_has(isa);
}

Status choose_isa(Isa requested, Isa& chosen) noexcept {
  chosen = requested;
  if (requested != Isa::best) {
    if (!known(requested)) return invalid("isa is %d, no known instruction set", static_cast<int>(requested));
    if (!is_built(requested)) return unsupported("isa is %s, which this build has no kernels for", name(requested));
    if (!cpu_has(requested)) return unsupported("isa is %s, which this CPU lacks", name(requested));
    return {};
  }
  int i = 0;
  if (const Status s = find_cap(i); !s) return s;
  while (!cpu_has(built[i])) ++i;  // portable is last, and every CPU has it
  chosen = built[i];
  return {};
}

}  // namespace poolnorm
