#include "dispatch/response_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)                  \
  namespace isa {                              \
  extern const ResponseTables response_tables; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

namespace {

const ResponseTables& tables(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::response_tables;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::response_tables;
  }
}

}  // namespace

const ResponseKernels& response_kernels(Isa isa, ElementType type) noexcept {
  return of_type(tables(isa), type);
}

}  // namespace poolnorm
