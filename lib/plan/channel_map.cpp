#include "plan/channel_map.hpp"

#include <cmath>
#include <numeric>

#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t short_run = 512;

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

float at_or(const Floats& values, std::int64_t i, float missing) noexcept {
  return values.size == 0 ? missing : values.data[i];
}

}  // namespace

Status check_activation(const char* prefix, const Activation& a) noexcept {
  const int kind = static_cast<int>(a.kind);
  if (kind < 0 || kind > static_cast<int>(ActivationKind::hard_sigmoid)) {
    return invalid("%sactivation.kind is %d, no known value", prefix, kind);
  }
  if (a.kind == ActivationKind::clamp && !(a.lo <= a.hi)) {
    return invalid("%sactivation.lo is %g and activation.hi is %g, must be lo <= hi", prefix, static_cast<double>(a.lo),
                   static_cast<double>(a.hi));
  }
  if (a.kind == ActivationKind::leaky_relu && std::isnan(a.slope)) {
    return invalid("%sactivation.slope is %g, must be a number", prefix, static_cast<double>(a.slope));
  }
  return {};
}

std::int64_t repeats_for(std::int64_t channels) noexcept {
  const std::int64_t whole = vector_multiple / std::gcd(channels, vector_multiple);
  return channels >= short_run ? whole : whole * ceil_div(short_run, channels * whole);
}

bool ChannelMap::make(const Affine& affine, bool batch_norm, const Activation& activation, std::int64_t channels,
                      std::int64_t repeats) noexcept {
  activation_ = activation;
  repeats_ = repeats;
  if (!values_.allocate((Checked(channels) * repeats * 3).value())) return false;
  size_ = channels * repeats;
  for (std::int64_t c = 0; c < channels; ++c) {
    // x - 0 is x, for every x: the two forms are one.
    const float mean = batch_norm ? affine.mean.data[c] : 0.0f;
    const float scale = batch_norm ? static_cast<float>(norm_scale(affine, c)) : at_or(affine.scale, c, 1.0f);
    const float shift = at_or(batch_norm ? affine.beta : affine.shift, c, 0.0f);
    for (std::int64_t at = c; at < size_; at += channels) {
      values_[at] = mean;
      values_[size_ + at] = scale;
      values_[2 * size_ + at] = shift;
    }
  }
  return true;
}

AffineArgs ChannelMap::args(std::int64_t c) const noexcept {
  AffineArgs a{};
  a.mean = values_.data() + c;
  a.scale = a.mean + size_;
  a.shift = a.scale + size_;
  a.act = to_act(activation_.kind);
  a.lo = activation_.lo;
  a.hi = activation_.hi;
  a.slope = activation_.slope;
  a.zero = -0.0f;
  return a;
}

bool ChannelMap::bounded() const noexcept {
  return activation_.kind == ActivationKind::none || activation_.kind == ActivationKind::relu ||
         activation_.kind == ActivationKind::clamp;
}

MapArgs ChannelMap::map_args(std::int64_t c) const noexcept {
  const AffineArgs a = args(c);
  MapArgs m{a.mean, a.scale, a.shift, -HUGE_VALF, HUGE_VALF};
  if (a.act == AffineAct::relu) m.lo = 0.0f;
  if (a.act == AffineAct::clamp) {
    m.lo = a.lo;
    m.hi = a.hi;
  }
  return m;
}

}  // namespace poolnorm
