#include "plan/activation.hpp"

#include <cmath>

#include "plan/quantization.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

AffineAct to_act(ActivationKind kind) noexcept {
  switch (kind) {
    case ActivationKind::none: return AffineAct::none;
    case ActivationKind::relu: return AffineAct::relu;
    case ActivationKind::clamp: return AffineAct::clamp;
    case ActivationKind::leaky_relu: return AffineAct::leaky_relu;
    case ActivationKind::hard_swish: return AffineAct::hard_swish;
    case ActivationKind::hard_sigmoid: return AffineAct::hard_sigmoid;
  }
  return AffineAct::none;
}

}  // namespace

Status check_activation(const char* prefix, const Activation& a) noexcept {
  const int kind = static_cast<int>(a.kind);
  if (kind < 0 || kind > static_cast<int>(ActivationKind::hard_sigmoid)) {
    return invalid("%sactivation.kind is %d, no known value", prefix, kind);
  }
  if (a.kind == ActivationKind::clamp && !(a.lo <= a.hi)) {
    return invalid("%sactivation.lo is %s and activation.hi is %s, must be lo <= hi", prefix, Number(a.lo).text,
                   Number(a.hi).text);
  }
  if (a.kind == ActivationKind::leaky_relu && std::isnan(a.slope)) {
    return invalid("%sactivation.slope is %s, must be a number", prefix, Number(a.slope).text);
  }
  return {};
}

void set_activation(const Activation& act, AffineArgs& args, double scale) noexcept {
  args.act = to_act(act.kind);
  args.lo = act.lo;
  args.hi = act.hi;
  args.slope = act.slope;
  args.zero = -0.0f;
  args.three = in_steps(3, scale);
  args.six = in_steps(6, scale);
}

}  // namespace poolnorm
