#include "dispatch/response_gradient_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)                                   \
  namespace isa {                                               \
  extern const ResponseGradientTables response_gradient_tables; \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

namespace {

const ResponseGradientTables& tables(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::response_gradient_tables;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::response_gradient_tables;
  }
}

}  // namespace

const ResponseGradientKernels& response_gradient_kernels(Isa isa, ElementType type) noexcept {
  return of_type(tables(isa), type);
}

}  // namespace poolnorm
