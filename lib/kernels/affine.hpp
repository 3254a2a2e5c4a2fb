// y = act((x - mean) * scale + shift [+ residual]), every operation rounded to the arithmetic's type: f32, or f64.
// `Format` is one of formats.hpp or bytes.hpp, `V` its vector.
#pragma once

#include <type_traits>

#include "kernels/formats.hpp"
#include "kernels/kernel_table.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// lo > x ? lo : x, then hi < that ? hi : that. NaN and -0 pass.
template <class V>
POOLNORM_INLINE V clamped(V x, V lo, V hi) {
  return pick_min(hi, pick_max(lo, x));
}

template <class V, AffineAct Act>
struct Activate {
  using T = typename V::value_type;
  V lo, hi, slope, zero, three, six;

  explicit Activate(const AffineArgs& a)
      : lo(T(a.lo)), hi(T(a.hi)), slope(T(a.slope)), zero(T(a.zero)), three(T(a.three)), six(T(a.six)) {}
  POOLNORM_INLINE V operator()(V x) const {
    if constexpr (Act == AffineAct::relu) return pick_max(V(T(0)), x);
    if constexpr (Act == AffineAct::clamp) return clamped(x, lo, hi);
    if constexpr (Act == AffineAct::leaky_relu) return xsimd::select(V(T(0)) > x, x * slope, x) + zero;
    if constexpr (Act == AffineAct::hard_swish) {
      return divide(x * clamped(x + three, V(T(0)), six), six);
    }
    if constexpr (Act == AffineAct::hard_sigmoid) {
      return divide(clamped(x + three, V(T(0)), six), V(T(6)));
    }
    return x;
  }
};

// The parameters from channel `c` on.
template <class V>
POOLNORM_INLINE const typename V::value_type* numbers(const void* parameters, std::int64_t c) {
  return static_cast<const typename V::value_type*>(parameters) + c;
}

// Parameters of a run: one channel for all of it, or one an element.
template <class V>
struct SameChannel {
  V mean, scale, shift;

  SameChannel(const AffineArgs& a, std::int64_t c)
      : mean(*numbers<V>(a.mean, c)), scale(*numbers<V>(a.scale, c)), shift(*numbers<V>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, std::int64_t, Len) const {
    return (x - mean) * scale + shift;
  }
};
template <class V>
struct ChannelPerElement {
  const typename V::value_type *mean, *scale, *shift;

  ChannelPerElement(const AffineArgs& a, std::int64_t c)
      : mean(numbers<V>(a.mean, c)), scale(numbers<V>(a.scale, c)), shift(numbers<V>(a.shift, c)) {}
  template <class Len>
  POOLNORM_INLINE V operator()(V x, std::int64_t i, Len len) const {
    return (x - load(mean + i, len)) * load(scale + i, len) + load(shift + i, len);
  }
};

// `second_input`: not added, but given to the parameters' function.
enum class Residual { none, per_element, broadcast, second_input };

// Formats of bytes.hpp hold what an element means; those of formats.hpp hold nothing.
template <class Format>
POOLNORM_INLINE Format format_of(const AffineArgs& a) {
  if constexpr (std::is_empty_v<Format>) return {};
  if constexpr (!std::is_empty_v<Format>) return Format(a);
}

// Residuals as they are added; without a length one for all lanes.
template <class Format, class Len>
POOLNORM_INLINE typename Format::Vector residual_of(const Format& format, const typename Format::Element* p, Len len) {
  if constexpr (std::is_empty_v<Format>) return format.load(p, len);
  if constexpr (!std::is_empty_v<Format>) return format.residual(p, len);
}
template <class Format>
POOLNORM_INLINE typename Format::Vector residual_of(const Format& format, const typename Format::Element* p) {
  return format.all(*p);
}

// What else is noted of an element before its activation.
struct NoMask {
  NoMask(const AffineArgs&, std::int64_t) {}
  template <class V, class Len>
  POOLNORM_INLINE void note(V, Len) {}
  POOLNORM_INLINE void end() {}
};

template <class Format, class Channels, Residual Res, AffineAct Act, class Mask>
void affine_run(const AffineArgs& a, const typename Format::Element* src, const typename Format::Element* residual,
                typename Format::Element* dst, std::int64_t channel, Mask mask) {
  using V = typename Format::Vector;
  constexpr auto lanes = static_cast<std::int64_t>(V::size);
  const Channels channels(a, channel);
  const Activate<V, Act> act(a);
  const auto format = format_of<Format>(a);
  const V same = Res == Residual::broadcast ? residual_of(format, residual) : V(typename V::value_type(0));
  const auto at = [&](std::int64_t i, auto len) POOLNORM_INLINE_LAMBDA {
    V y = format.load(src + i, len);
    if constexpr (Res == Residual::second_input) {
      y = channels(y, format.load(residual + i, len), i, len);
    } else {
      y = channels(y, i, len);
    }
    if constexpr (Res == Residual::per_element) y = y + residual_of(format, residual + i, len);
    if constexpr (Res == Residual::broadcast) y = y + same;
    mask.note(y, len);
    return act(y);
  };
  std::int64_t i = 0;
  [[maybe_unused]] bool streaming = false;
  if constexpr (Format::streams) {
    if (a.stream) {
      // Up to the first line that whole vectors can be streamed to.
      constexpr std::int64_t line = 64, bytes = sizeof *dst;
      const std::int64_t past = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(dst) % line);
      std::int64_t head = past % bytes == 0 ? (past == 0 ? 0 : (line - past) / bytes) : a.width;
      streaming = head < a.width;
      while (streaming && i < head) {
        const std::int64_t n = head - i < lanes ? head - i : lanes;
        if (n == lanes) {
          format.store(dst + i, at(i, Full{}), Full{});
        } else {
          format.store(dst + i, at(i, Part{n}), Part{n});
        }
        i += n;
      }
    }
  }
  // What costs code to convert, and vectors that are arrays, go one at a time.
  constexpr int at_once = portable_lanes ? 1 : Format::hot ? 4 : Format::streams ? 2 : 1;
  constexpr bool along_channels = std::is_same_v<Channels, ChannelPerElement<V>>;  // others' runs may be of 49 elements
  constexpr int lines_apart = sizeof(*src) * lanes >= 64 ? 1 : static_cast<int>(64 / (sizeof(*src) * lanes));  // vectors
  for (; i + at_once * lanes <= a.width; i += at_once * lanes) {
    if (along_channels && a.ahead) {
      for (int v = 0; v < at_once; v += lines_apart) {
        POOLNORM_FETCH_AHEAD(src + i + v * lanes);
        if constexpr (Res == Residual::per_element) POOLNORM_FETCH_AHEAD(residual + i + v * lanes);
      }
    }
    V y[at_once];
    for (int v = 0; v < at_once; ++v) y[v] = at(i + v * lanes, Full{});
    if constexpr (Format::streams) {
      if (streaming) {
        for (int v = 0; v < at_once; ++v) stream(dst + i + v * lanes, y[v]);
        continue;
      }
    }
    if constexpr (at_once == 4 && !std::is_empty_v<Format>) {
      format.store(dst + i, y[0], y[1], y[2], y[3]);
    } else {
      for (int v = 0; v < at_once; ++v) format.store(dst + i + v * lanes, y[v], Full{});
    }
  }
  for (; at_once > 1 && i + lanes <= a.width; i += lanes) format.store(dst + i, at(i, Full{}), Full{});
  if (i < a.width) format.store(dst + i, at(i, Part{a.width - i}), Part{a.width - i});
  mask.end();
}

template <class Format, class Channels, Residual Res, AffineAct Act, class Mask = NoMask>
void affine_loops(const AffineArgs& a) {
  using Element = typename Format::Element;
  const auto &l0 = a.loops[0], &l1 = a.loops[1], &l2 = a.loops[2];
  for (std::int64_t i = 0; i < l0.count; ++i) {
    for (std::int64_t j = 0; j < l1.count; ++j) {
      for (std::int64_t k = 0; k < l2.count; ++k) {
        const std::int64_t r = i * l0.residual + j * l1.residual + k * l2.residual;
        affine_run<Format, Channels, Res, Act, Mask>(
            a, static_cast<const Element*>(a.src) + (i * l0.src + j * l1.src + k * l2.src),
            Res == Residual::none ? nullptr : static_cast<const Element*>(a.residual) + r,
            static_cast<Element*>(a.dst) + (i * l0.dst + j * l1.dst + k * l2.dst),
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
template <class Format, class Channels, Residual Res>
void affine_with(const AffineArgs& a) {
  with_act(a.act, [&a](auto act) { affine_loops<Format, Channels, Res, decltype(act)::value>(a); });
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
