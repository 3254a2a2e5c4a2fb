#include "dispatch/spread_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)              \
  namespace isa {                          \
  extern const SpreadTables spread_tables; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

namespace {

const SpreadTables& tables(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::spread_tables;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::spread_tables;
  }
}

}  // namespace

const SpreadKernels& spread_kernels(Isa isa, ElementType type) noexcept { return of_type(tables(isa), type); }

}  // namespace poolnorm
