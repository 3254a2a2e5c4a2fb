#include "dispatch/response_kernels.hpp"

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
  const ResponseTables& t = tables(isa);
  return type == ElementType::f16    ? t.f16
         : type == ElementType::bf16 ? t.bf16
         : type == ElementType::f64  ? t.f64
                                     : t.f32;
}

}  // namespace poolnorm
