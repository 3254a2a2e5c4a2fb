// y = act((x - mean) * scale + shift [+ residual]), every operation rounded to f32.
#pragma once

#include <type_traits>

#include "kernels/kernel_table.hpp"
#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// lo > x ? lo : x, then hi < that ? hi : that. NaN and -0 pass.
POOLNORM_INLINE F32 clamped(F32 x, F32 lo, F32 hi) { return pick_min(hi, pick_max(lo, x)); }

template <AffineAct Act>
struct Activate {
  F32 lo, hi, slope, zero;

  POOLNORM_INLINE F32 operator()(F32 x) const {
    if constexpr (Act == AffineAct::relu) return pick_max(F32(0.0f), x);
    if constexpr (Act == AffineAct::clamp) return clamped(x, lo, hi);
    if constexpr (Act == AffineAct::leaky_relu) return xsimd::select(F32(0.0f) > x, x * slope, x) + zero;
    if constexpr (Act == AffineAct::hard_swish) {
      return divide(x * clamped(x + F32(3.0f), F32(0.0f), F32(6.0f)), F32(6.0f));
    }
    if constexpr (Act == AffineAct::hard_sigmoid) {
      return divide(clamped(x + F32(3.0f), F32(0.0f), F32(6.0f)), F32(6.0f));
    }
    return x;
  }
};

// Parameters of a run: one channel for all of it, or one an element.
struct SameChannel {
  F32 mean, scale, shift;

  SameChannel(const AffineArgs& a, std::int64_t c) : mean(a.mean[c]), scale(a.scale[c]), shift(a.shift[c]) {}
  template <class Len>
  POOLNORM_INLINE F32 operator()(F32 x, std::int64_t, Len) const {
    return (x - mean) * scale + shift;
  }
};
struct ChannelPerElement {
  const float *mean, *scale, *shift;

  ChannelPerElement(const AffineArgs& a, std::int64_t c) : mean(a.mean + c), scale(a.scale + c), shift(a.shift + c) {}
  template <class Len>
  POOLNORM_INLINE F32 operator()(F32 x, std::int64_t i, Len len) const {
    return (x - load(mean + i, len)) * load(scale + i, len) + load(shift + i, len);
  }
};

// `second_input`: not added, but given to the parameters' function.
enum class Residual { none, per_element, broadcast, second_input };

// What else is noted of an element before its activation.
struct NoMask {
  NoMask(const AffineArgs&, std::int64_t) {}
  template <class Len>
  POOLNORM_INLINE void note(F32, Len) {}
  POOLNORM_INLINE void end() {}
};

template <class Channels, Residual Res, AffineAct Act, class Mask>
void affine_run(const AffineArgs& a, const float* src, const float* residual, float* dst, std::int64_t channel,
                Mask mask) {
  const Channels channels(a, channel);
  const Activate<Act> act{F32(a.lo), F32(a.hi), F32(a.slope), F32(a.zero)};
  const F32 same(Res == Residual::broadcast ? *residual : 0.0f);
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    F32 y = load(src + i, len);
    if constexpr (Res == Residual::second_input) {
      y = channels(y, load(residual + i, len), i, len);
    } else {
      y = channels(y, i, len);
    }
    if constexpr (Res == Residual::per_element) y = y + load(residual + i, len);
    if constexpr (Res == Residual::broadcast) y = y + same;
    mask.note(y, len);
    return act(y);
  };
  std::int64_t i = 0;
  bool streaming = false;
  if (a.stream) {
    // Up to the first line that whole vectors can be streamed to.
    constexpr std::int64_t line = 64;
    const std::int64_t past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(dst) % line);
    std::int64_t head = past % 4 == 0 ? (past == 0 ? 0 : (line - past) / 4) : a.width;
    streaming = head < a.width;
    while (streaming && i < head) {
      const std::int64_t n = head - i < lanes32 ? head - i : lanes32;
      if (n == lanes32) {
        store(dst + i, at(i, Full{}), Full{});
      } else {
        store(dst + i, at(i, Part{n}), Part{n});
      }
      i += n;
    }
  }
  for (; i + 4 * lanes32 <= a.width; i += 4 * lanes32) {
    F32 y[4];
    for (int v = 0; v < 4; ++v) y[v] = at(i + v * lanes32, Full{});
    if (streaming) {
      for (int v = 0; v < 4; ++v) stream(dst + i + v * lanes32, y[v]);
    } else {
      for (int v = 0; v < 4; ++v) store(dst + i + v * lanes32, y[v]);
    }
  }
  for (; i + lanes32 <= a.width; i += lanes32) store(dst + i, at(i, Full{}));
  if (i < a.width) store(dst + i, at(i, Part{a.width - i}), Part{a.width - i});
  mask.end();
}

template <class Channels, Residual Res, AffineAct Act, class Mask = NoMask>
void affine_loops(const AffineArgs& a) {
  const auto &l0 = a.loops[0], &l1 = a.loops[1], &l2 = a.loops[2];
  for (std::int64_t i = 0; i < l0.count; ++i) {
    for (std::int64_t j = 0; j < l1.count; ++j) {
      for (std::int64_t k = 0; k < l2.count; ++k) {
        const std::int64_t r = i * l0.residual + j * l1.residual + k * l2.residual;
        affine_run<Channels, Res, Act, Mask>(
            a, static_cast<const float*>(a.src) + (i * l0.src + j * l1.src + k * l2.src),
            Res == Residual::none ? nullptr : static_cast<const float*>(a.residual) + r,
            static_cast<float*>(a.dst) + (i * l0.dst + j * l1.dst + k * l2.dst),
            i * l0.channel + j * l1.channel + k * l2.channel, Mask(a, i * l0.mask + j * l1.mask + k * l2.mask));
      }
    }
  }
}

template <AffineAct Act>
using ActConstant = std::integral_constant<AffineAct, Act>;

// f(ActConstant<act>)
template <class F>
POOLNORM_INLINE void with_act(AffineAct act, F f) {
  switch (act) {
    case AffineAct::none: return f(ActConstant<AffineAct::none>{});
    case AffineAct::relu: return f(ActConstant<AffineAct::relu>{});
    case AffineAct::clamp: return f(ActConstant<AffineAct::clamp>{});
    case AffineAct::leaky_relu: return f(ActConstant<AffineAct::leaky_relu>{});
    case AffineAct::hard_swish: return f(ActConstant<AffineAct::hard_swish>{});
    case AffineAct::hard_sigmoid: return f(ActConstant<AffineAct::hard_sigmoid>{});
  }
}

// y of `Channels` with this residual and the activation of the arguments.
template <class Channels, Residual Res>
void affine_with(const AffineArgs& a) {
  with_act(a.act, [&a](auto act) { affine_loops<Channels, Res, decltype(act)::value>(a); });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
