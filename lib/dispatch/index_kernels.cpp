#include "dispatch/index_kernels.hpp"

namespace poolnorm {

#define POOLNORM_ISA_ROW(isa)                                       \
  namespace isa {                                                   \
  extern const IndexKernels index_kernels, index_kernels_f64;       \
  extern const CollectKernels collect_kernels, collect_kernels_f64; \
  extern const IndexConverters index_converters;                    \
  }
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW

const IndexKernels& index_kernels(Isa isa, ElementType type) noexcept {
  const bool wide = type == ElementType::f64;
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return wide ? isa::index_kernels_f64 : isa::index_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return wide ? portable::index_kernels_f64 : portable::index_kernels;
  }
}

const CollectKernels& collect_kernels(Isa isa, ElementType type) noexcept {
  const bool wide = type == ElementType::f64;
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return wide ? isa::collect_kernels_f64 : isa::collect_kernels;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return wide ? portable::collect_kernels_f64 : portable::collect_kernels;
  }
}

namespace {

const IndexConverters& converters(Isa isa) noexcept {
  switch (isa) {
#define POOLNORM_ISA_ROW(isa) \
  case Isa::isa:              \
    return isa::index_converters;
#include "isa_rows.inc"
#undef POOLNORM_ISA_ROW
    default: return portable::index_converters;
  }
}

}  // namespace

const ConvertKernels* index_converter(Isa isa, ElementType type) noexcept {
  const IndexConverters& c = converters(isa);
  switch (type) {
    case ElementType::f16: return &c.f16;
    case ElementType::bf16: return &c.bf16;
    case ElementType::s8: return &c.s8;
    case ElementType::u8: return &c.u8;
    case ElementType::f32:
    case ElementType::f64: break;
  }
  return nullptr;
}

}  // namespace poolnorm
