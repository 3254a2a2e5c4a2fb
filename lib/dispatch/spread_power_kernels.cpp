#include "dispatch/spread_power_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE SpreadPowerTables
#define POOLNORM_TABLE spread_power_tables
#define POOLNORM_TABLE_OF tables
#include "dispatch/table_of.inc"

const SpreadPowerKernels& spread_power_kernels(Isa isa, ElementType type) noexcept {
  return of_type(tables(isa), type);
}

}  // namespace poolnorm
