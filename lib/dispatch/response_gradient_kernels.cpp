#include "dispatch/response_gradient_kernels.hpp"

#include "dispatch/by_type.hpp"

namespace poolnorm {

#define POOLNORM_TABLE_TYPE ResponseGradientTables
#define POOLNORM_TABLE response_gradient_tables
#define POOLNORM_TABLE_OF tables
#include "dispatch/table_of.inc"

const ResponseGradientKernels& response_gradient_kernels(Isa isa, ElementType type) noexcept {
  return of_type(tables(isa), type);
}

}  // namespace poolnorm
