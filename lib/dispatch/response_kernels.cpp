#include "dispatch/response_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE ResponseTables
#define POOLNORM_TABLE response_tables
#define POOLNORM_TABLE_OF tables
#include "dispatch/table_of.inc"

const ResponseKernels& response_kernels(Isa isa, ElementType type) noexcept { return of_type(tables(isa), type); }

}  // namespace poolnorm
