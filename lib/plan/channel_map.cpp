#include "plan/channel_map.hpp"

#include <cmath>
#include <numeric>

#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t short_run = 512;

float at_or(const Floats& values, std::int64_t i, float missing) noexcept {
  return values.size == 0 ? missing : values.data[i];
}

}  // namespace

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
  set_activation(activation_, a);
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
