#include "plan/commute.hpp"

#include <cmath>

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

}  // namespace

bool may_commute(const ChainPlanData& p) noexcept {
  // A result that another type rounds may become the -0 that a pool makes +0.
  if (p.type != ElementType::f32) return false;
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

ChannelOrder order_of(const ChannelMap& m, std::int64_t c) noexcept {
  // A sum is -0 only when shift is.
  if (!std::isfinite(m.mean(c)) || !std::isfinite(m.shift(c)) || negative_zero(m.shift(c)) ||
      !std::isfinite(m.scale(c)) || m.scale(c) == 0) {
    return ChannelOrder::direct;
  }
  return m.scale(c) > 0 ? ChannelOrder::rising : ChannelOrder::falling;
}

}  // namespace poolnorm
