#include "dispatch/index_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE IndexKernels
#define POOLNORM_TABLE index_kernels
#define POOLNORM_TABLE_OF narrow_index_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE IndexKernels
#define POOLNORM_TABLE index_kernels_f64
#define POOLNORM_TABLE_OF wide_index_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE CollectTables
#define POOLNORM_TABLE collect_gradient
#define POOLNORM_TABLE_OF gradient_tables
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE UnpoolTables
#define POOLNORM_TABLE collect_unpool
#define POOLNORM_TABLE_OF unpool_tables
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE IndexConverters
#define POOLNORM_TABLE index_converters
#define POOLNORM_TABLE_OF converters
#include "dispatch/table_of.inc"

const IndexKernels& index_kernels(Isa isa, ElementType type) noexcept {
  return type == ElementType::f64 ? wide_index_kernels(isa) : narrow_index_kernels(isa);
}

const CollectKernels& collect_kernels(Isa isa, ElementType type) noexcept { return of_type(gradient_tables(isa), type); }

const CollectKernels& unpool_kernels(Isa isa, ElementType type) noexcept {
  const UnpoolTables& t = unpool_tables(isa);
  switch (size_of(type)) {
    case 1: return t.bits8;
    case 2: return t.bits16;
    case 4: return t.bits32;
    default: return t.bits64;
  }
}

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

const ConvertKernels* bits_converter(Isa isa, ElementType type) noexcept {
  const IndexConverters& c = converters(isa);
  switch (size_of(type)) {
    case 1: return &c.bits8;
    case 2: return &c.bits16;
    default: return nullptr;
  }
}

}  // namespace poolnorm
