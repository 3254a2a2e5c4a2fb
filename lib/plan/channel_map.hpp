// What a norm does to a channel, ready for the kernels: act((x - mean) * scale + shift [+ residual]).
#pragma once

#include <poolnorm/norm.hpp>
#include <poolnorm/status.hpp>

#include "kernels/kernel_table.hpp"
#include "plan/activation.hpp"
#include "plan/array.hpp"
#include "plan/norm_quantization.hpp"

namespace poolnorm {

// Parameters are repeated until a run of whole vectors on every ISA covers them.
inline constexpr std::int64_t vector_multiple = 16;

class ChannelMap {
 public:
  // mean, scale and shift of `channels` channels, `repeats` times one behind the other, for a norm of `src` to `dst`, which
  // are checked as `affine` and `quantization` are. Between s8 and u8 they are steps of dst of every step of src, and
  // what is not finite is refused.
  Status make(const Affine& affine, const Activation& activation, std::int64_t channels, std::int64_t repeats,
              const TensorDesc& src, const TensorDesc& dst, const TensorDesc& residual,
              const NormQuantization& quantization) noexcept;

  // `count` zeros, which are mean and shift, and stand for scales that come with the run.
  bool make_place_holder(ElementType type, const Activation& activation, std::int64_t count) noexcept;

  // Arguments from channel `c` on, without tensors and loops; they point into this.
  AffineArgs args(std::int64_t c) const noexcept;

  // The same for kernels that map f32 as they load it; only where bounded().
  MapArgs map_args(std::int64_t c) const noexcept;
  // Whether the activation is none or a bound on one side or two.
  bool bounded() const noexcept;

  std::int64_t repeats() const noexcept { return repeats_; }
  const Activation& activation() const noexcept { return activation_; }

 private:
  template <class T>
  bool allocate(Array<T>& values, std::int64_t channels) noexcept;
  template <class T>
  bool fill(Array<T>& values, const Affine& affine, std::int64_t channels) noexcept;
  Status fill_steps(const Affine& affine, std::int64_t channels, double src_scale) noexcept;
  template <class T>
  void repeat(Array<T>& values, std::int64_t channels) noexcept;

  Array<float> values_;
  Array<double> wide_;  // instead, for f64
  std::int64_t size_ = 0, repeats_ = 1;
  Activation activation_;
  double unit_ = 1;  // what kernels count in
  bool quantizes_ = false;
  QuantizedArgs quantized_ = {};
};

// How often the parameters of `channels` channels stand one behind the other where pixels follow each
// other: short runs cost more than they do.
std::int64_t repeats_for(std::int64_t channels) noexcept;

}  // namespace poolnorm
