#include "dispatch/index_kernels.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE IndexKernels
#define POOLNORM_TABLE index_kernels
#define POOLNORM_TABLE_OF narrow_index_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE IndexKernels
#define POOLNORM_TABLE index_kernels_f64
#define POOLNORM_TABLE_OF wide_index_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE CollectKernels
#define POOLNORM_TABLE collect_kernels
#define POOLNORM_TABLE_OF narrow_collect_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE CollectKernels
#define POOLNORM_TABLE collect_kernels_f64
#define POOLNORM_TABLE_OF wide_collect_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE CollectKernels
#define POOLNORM_TABLE unpool_kernels
#define POOLNORM_TABLE_OF narrow_unpool_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE CollectKernels
#define POOLNORM_TABLE unpool_kernels_f64
#define POOLNORM_TABLE_OF wide_unpool_kernels
#include "dispatch/table_of.inc"

#define POOLNORM_TABLE_TYPE IndexConverters
#define POOLNORM_TABLE index_converters
#define POOLNORM_TABLE_OF converters
#include "dispatch/table_of.inc"

const IndexKernels& index_kernels(Isa isa, ElementType type) noexcept {
  return type == ElementType::f64 ? wide_index_kernels(isa) : narrow_index_kernels(isa);
}

const CollectKernels& collect_kernels(Isa isa, ElementType type) noexcept {
  return type == ElementType::f64 ? wide_collect_kernels(isa) : narrow_collect_kernels(isa);
}

const CollectKernels& unpool_kernels(Isa isa, ElementType type) noexcept {
  return type == ElementType::f64 ? wide_unpool_kernels(isa) : narrow_unpool_kernels(isa);
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
