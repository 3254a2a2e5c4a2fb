#include "plan/channel_map.hpp"

#include <cmath>
#include <numeric>

#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/parameters.hpp"

namespace poolnorm {
namespace {

constexpr std::int64_t short_run = 512;

}  // namespace

std::int64_t repeats_for(std::int64_t channels) noexcept {
  const std::int64_t whole = vector_multiple / std::gcd(channels, vector_multiple);
  return channels >= short_run ? whole : whole * ceil_div(short_run, channels * whole);
}

bool ChannelMap::make(ElementType type, const Affine& affine, bool batch_norm, const Activation& activation,
                      std::int64_t channels, std::int64_t repeats) noexcept {
  activation_ = activation;
  repeats_ = repeats;
  if (type == ElementType::f64) return fill(wide_, affine, batch_norm, channels);
  return fill(values_, affine, batch_norm, channels);
}

template <class T>
bool ChannelMap::fill(Array<T>& values, const Affine& affine, bool batch_norm, std::int64_t channels) noexcept {
  if (!values.allocate((Checked(channels) * repeats_ * 3).value())) return false;
  size_ = channels * repeats_;
  for (std::int64_t c = 0; c < channels; ++c) {
    // x - 0 is x, for every x: the two forms are one.
    const auto mean = static_cast<T>(batch_norm ? value_of(affine.mean, c) : 0.0);
    const auto scale = static_cast<T>(batch_norm ? norm_scale(affine, c) : value_or(affine.scale, c, 1.0));
    const auto shift = static_cast<T>(value_or(batch_norm ? affine.beta : affine.shift, c, 0.0));
    for (std::int64_t at = c; at < size_; at += channels) {
      values[at] = mean;
      values[size_ + at] = scale;
      values[2 * size_ + at] = shift;
    }
  }
  return true;
}

AffineArgs ChannelMap::args(std::int64_t c) const noexcept {
  AffineArgs a{};
  const auto point = [&](const auto* values) {
    a.mean = values + c;
    a.scale = values + size_ + c;
    a.shift = values + 2 * size_ + c;
  };
  wide_.size() > 0 ? point(wide_.data()) : point(values_.data());
  set_activation(activation_, a);
  return a;
}

bool ChannelMap::bounded() const noexcept {
  return activation_.kind == ActivationKind::none || activation_.kind == ActivationKind::relu ||
         activation_.kind == ActivationKind::clamp;
}

MapArgs ChannelMap::map_args(std::int64_t c) const noexcept {
  const AffineArgs a = args(c);
  const float* const values = values_.data() + c;
  MapArgs m{values, values + size_, values + 2 * size_, -HUGE_VALF, HUGE_VALF};
  if (a.act == AffineAct::relu) m.lo = 0.0f;
  if (a.act == AffineAct::clamp) {
    m.lo = a.lo;
    m.hi = a.hi;
  }
  return m;
}

}  // namespace poolnorm
