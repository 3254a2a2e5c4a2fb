#include "plan/commute.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

#include "plan/quantization.hpp"

namespace poolnorm {
namespace {

bool negative_zero(double x) noexcept { return x == 0 && std::signbit(x); }

// Monotone, and no maker of -0, which a pool would make +0 (leaky_relu's products may underflow to it: its
// kernel knows). A slope of 0 makes NaN of -inf, which a window with a larger element must show.
bool monotone(const Activation& a) noexcept {
  switch (a.kind) {
    case ActivationKind::none:
    case ActivationKind::relu:
    case ActivationKind::hard_sigmoid: return true;
    case ActivationKind::clamp:
      return !negative_zero(static_cast<double>(a.lo)) && !negative_zero(static_cast<double>(a.hi));
    case ActivationKind::leaky_relu: return a.slope > 0 && std::isfinite(a.slope);
    case ActivationKind::hard_swish: return false;
  }
  return false;
}

// Whether no result is less than +0.
bool never_negative(const Activation& a) noexcept {
  return a.kind == ActivationKind::relu || a.kind == ActivationKind::hard_sigmoid ||
         (a.kind == ActivationKind::clamp && a.lo >= 0 && a.hi >= 0);
}

// Rounding keeps the order of numbers, and NaN. But a negative result that a shorter floating-point type rounds may become the -0 that a
// pool makes +0.
bool rounds_in_order(const ChainPlanData& p) noexcept {
  switch (p.type) {
    case ElementType::f32: return true;
    case ElementType::f16:
    case ElementType::bf16: return never_negative(p.before.activation());
    case ElementType::s8:
    case ElementType::u8: return p.src.type == p.type;
    case ElementType::f64: return false;  // parameters are f32 to find_orders
  }
  return false;
}

}  // namespace

bool may_commute(const ChainPlanData& p) noexcept {
  if (!rounds_in_order(p)) return false;
  if (!p.has_map || p.has_residual || p.intermediate.rank != 0 || !monotone(p.before.activation())) return false;
  for (int i = 0; i < p.pool_count; ++i) {
    if (p.pools[i].of >= 0) continue;
    const PoolGeometry& g = p.pools[i].pool.geometry;
    if (!g.picks()) return false;
    for (const Axis& axis : g.axis) {
      if (axis.first_blind() < axis.out) return false;
    }
  }
  return true;
}

void find_orders(const ChannelMap& map, std::int64_t channels, ChannelOrder* orders) noexcept {
  const AffineArgs args = map.args(0);
  const auto* const mean = static_cast<const float*>(args.mean);
  const auto* const scale = static_cast<const float*>(args.scale);
  const auto* const shift = static_cast<const float*>(args.shift);
  constexpr std::uint32_t sign = 1u << 31, infinity = std::bit_cast<std::uint32_t>(HUGE_VALF);
  static_assert(static_cast<int>(ChannelOrder::rising) == 0 && static_cast<int>(ChannelOrder::falling) == 1);
  // Integers and no branch, which compilers make vectors of: a plan is made in microseconds.
  for (std::int64_t c = 0; c < channels; ++c) {
    const auto a = std::bit_cast<std::uint32_t>(scale[c]), b = std::bit_cast<std::uint32_t>(shift[c]);
    const auto m = std::bit_cast<std::uint32_t>(mean[c]) & ~sign;
    std::uint32_t direct = (a & ~sign) >= infinity ? 1u : 0u;
    direct |= (b & ~sign) >= infinity ? 1u : 0u;
    direct |= m >= infinity ? 1u : 0u;
    direct |= (a & ~sign) == 0 ? 1u : 0u;
    direct |= b == sign ? 1u : 0u;  // a sum is -0 only when shift is
    orders[c] = static_cast<ChannelOrder>(direct != 0 ? static_cast<std::uint32_t>(ChannelOrder::direct) : a >> 31);
  }
}

}  // namespace poolnorm
