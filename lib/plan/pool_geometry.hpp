// A pooling request, checked and brought to one form: three spatial axes, rows along the unit stride.
#pragma once

#include <limits>

#include <poolnorm/pool.hpp>

#include "plan/array.hpp"
#include "plan/axis.hpp"
#include "plan/quantization.hpp"
#include "plan/walk.hpp"

namespace poolnorm {

// Windows of up to this many elements are summed in f32.
inline constexpr std::int64_t short_window = 64;

struct PoolGeometry {
  PoolOp op = PoolOp::max;
  double p = 2;
  Divisor divisor = Divisor::padded;
  std::int64_t divisor_override = 0;
  Rounding rounding = Rounding::half_to_even;
  Quantization src_quantization, dst_quantization;
  Walk walk = Walk::channels_first;
  bool empty = false;  // N or C is 0
  std::int64_t n = 1, c = 1;
  Axis axis[max_spatial_rank];         // D, H, W
  Array<std::int64_t> starts;          // of listed windows, axis by axis
  std::int64_t src_strides[max_rank];  // N, C, D, H, W
  std::int64_t dst_strides[max_rank];
  TensorDesc src, dst;  // as described

  const Axis& d() const noexcept { return axis[0]; }
  const Axis& h() const noexcept { return axis[1]; }
  const Axis& w() const noexcept { return axis[2]; }
  // Elements of the largest window; decides how sums are added up.
  std::int64_t nominal_window() const noexcept;
  std::int64_t divide_by(std::int64_t taps_d, std::int64_t taps_h, std::int64_t taps_w) const noexcept;
  // A maximum or minimum of inputs; a sum, whose order shows.
  bool picks() const noexcept { return op == PoolOp::max || op == PoolOp::min; }
  bool adds_up() const noexcept { return op == PoolOp::average || (op == PoolOp::lp && (p == 1 || p == 2)); }
  // A sum of powers that have no tables of their own; plan/pool_power.hpp.
  bool raises() const noexcept { return op == PoolOp::lp && !adds_up() && p != std::numeric_limits<double>::infinity(); }
  bool integers() const noexcept { return quantized(src.type); }
  // Whether an average of integers is more than their quotient.
  bool requantizes() const noexcept {
    return op == PoolOp::average && integers() &&
           (src_quantization.scale != dst_quantization.scale || src_quantization.zero_point != 0 ||
            dst_quantization.zero_point != 0);
  }
};

// Of the operation, for explain().
const char* name(const PoolGeometry& geometry) noexcept;

// Taps of every output along an axis, and room for `more`; false when memory is short.
bool tabulate(const Axis& axis, Array<TapRange>& taps, std::int64_t more = 0) noexcept;

// All but the walk.
Status check_pool(const PoolDesc& desc, PoolGeometry& geometry) noexcept;

// The walk; W is given to another axis where it has nothing to do.
Status choose_pool_walk(PoolGeometry& geometry) noexcept;

}  // namespace poolnorm
