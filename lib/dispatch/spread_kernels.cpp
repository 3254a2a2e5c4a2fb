#include "dispatch/spread_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE SpreadTables
#define POOLNORM_TABLE spread_tables
#define POOLNORM_TABLE_OF tables
#include "dispatch/table_of.inc"

const SpreadKernels& spread_kernels(Isa isa, ElementType type) noexcept { return of_type(tables(isa), type); }

}  // namespace poolnorm
