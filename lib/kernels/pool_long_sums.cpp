// Average pooling of one ISA, larger windows.
#include "kernels/across.hpp"
#include "kernels/columns.hpp"
#include "kernels/global.hpp"
#include "kernels/long_alone.hpp"
#include "kernels/long_columns.hpp"
#include "kernels/long_direct.hpp"
#include "kernels/pool_reductions.hpp"
#include "kernels/tile.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

constexpr ReductionKernels long_sum() {
  ReductionKernels k{};
  k.columns = long_columns<LongSum<>>;
  k.across = across<LongSum<>>;
  k.across_run = across_run<LongSum<>>;
  k.across_long = across_long<LongSum<>>;
  if constexpr (!portable_lanes) {
    k.direct = {long_direct<LongSum<>>, long_direct<LongSum<>, DirectMap::inputs>};
    k.alone = {long_alone<LongSum<>>, long_alone<LongSum<>, DirectMap::inputs>};
    k.alone_lanes = 8;
    k.tall_alone = true;
    k.global = global_wide<LongSum<>>;
    k.mapped_global = global_wide<LongSum<>, MappedPlanes>;
  }
  k.to_tile = to_tile<F64>;
  k.accumulator_bytes = 8;
  k.accumulator = "f64";
  return k;
}

}  // namespace

constexpr ReductionKernels long_sum_kernels = long_sum();

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
