#include "plan/channel_map.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "plan/checked.hpp"
#include "plan/fold.hpp"
#include "plan/parameters.hpp"
#include "plan/quantization.hpp"
#include "plan/refuse.hpp"

namespace poolnorm {
namespace {

// Runs that are worth several pixels; runs that are no better for whole vectors at their ends.
constexpr std::int64_t short_run = 512, long_run = 8192;

// Whether there was something to copy.
template <class T>
bool copy_given(const Parameters& from, T* to) noexcept {
  const T* const values = values_as<T>(from);
  if (values != nullptr) std::copy(values, values + from.size, to);
  return values != nullptr;
}

}  // namespace

std::int64_t repeats_for(std::int64_t channels) noexcept {
  if (channels >= long_run) return 1;
  const std::int64_t whole = vector_multiple / std::gcd(channels, vector_multiple);
  return channels >= short_run ? whole : whole * ceil_div(short_run, channels * whole);
}

Status ChannelMap::make(const Affine& affine, const Activation& activation, std::int64_t channels, std::int64_t repeats,
                        const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual,
                        const NormQuantization& quantization) noexcept {
  activation_ = activation;
  repeats_ = repeats;
  quantizes_ = quantized(dst.type);
  if (quantizes_) {
    unit_ = static_cast<double>(quantization.dst.scale);
    quantized_ = quantized_args(quantization, src, dst, residual, activation);
    if (bounded()) activation_ = {};  // the bounds of relu and clamp are in the arguments
    return fill_steps(affine, channels, static_cast<double>(quantization.src.scale));
  }
  const bool filled = dst.type == ElementType::f64 ? fill(wide_, affine, channels) : fill(values_, affine, channels);
  return filled ? Status{} : out_of_memory();
}

bool ChannelMap::make_place_holder(ElementType type, const Activation& activation, std::int64_t count) noexcept {
  activation_ = activation;
  return type == ElementType::f64 ? wide_.allocate(count) : values_.allocate(count);
}

template <class T>
bool ChannelMap::allocate(Array<T>& values, std::int64_t channels) noexcept {
  if (!values.allocate((Checked(channels) * repeats_ * 3).value())) return false;
  size_ = channels * repeats_;
  return true;
}

template <class T>
void ChannelMap::repeat(Array<T>& values, std::int64_t channels) noexcept {
  for (std::int64_t part = 0; part < 3; ++part) {
    T* const first = values.data() + part * size_;
    for (std::int64_t at = channels; at < size_; at += channels) std::copy(first, first + channels, first + at);
  }
}

template <class T>
bool ChannelMap::fill(Array<T>& values, const Affine& affine, std::int64_t channels) noexcept {
  if (!allocate(values, channels)) return false;
  T* const mean = values.data();
  T* const scale = mean + size_;
  T* const shift = scale + size_;
  const bool batch_norm = affine.is_batch_norm();
  // x - 0 is x, for every x: the two forms are one. allocate() left zeros.
  if (batch_norm) {
    copy_given(affine.mean, mean);
    norm_scales(affine, scale, channels);
  } else if (!copy_given(affine.scale, scale)) {
    std::fill(scale, scale + channels, T(1));
  }
  copy_given(batch_norm ? affine.beta : affine.shift, shift);
  repeat(values, channels);
  return true;
}

Status ChannelMap::fill_steps(const Affine& affine, std::int64_t channels, double src_scale) noexcept {
  if (!allocate(values_, channels)) return out_of_memory();
  for (std::int64_t c = 0; c < channels; ++c) {
    double scale = value_or(affine.scale, c, 1.0), shift = value_or(affine.shift, c, 0.0);
    if (affine.is_batch_norm()) {
      scale = norm_scale(affine, c);
      shift = value_or(affine.beta, c, 0.0) - value_of(affine.mean, c) * scale;
    }
    if (!std::isfinite(scale) || !std::isfinite(shift)) {
      return invalid("channel %lld is x * %s + %s, must be finite numbers where dst has 8 bits",
                     static_cast<long long>(c), Number(scale).text, Number(shift).text);
    }
    values_[size_ + c] = in_steps(src_scale * scale, unit_);
    values_[2 * size_ + c] = in_steps(shift, unit_);
  }
  repeat(values_, channels);
  return {};
}

AffineArgs ChannelMap::args(std::int64_t c) const noexcept {
  AffineArgs a{};
  const auto point = [&](const auto* values) {
    a.mean = values + c;
    a.scale = values + size_ + c;
    a.shift = values + 2 * size_ + c;
  };
  wide_.size() > 0 ? point(wide_.data()) : point(values_.data());
  set_activation(activation_, a, unit_);
  if (quantizes_) a.quantized = &quantized_;
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
