#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "element.hpp"
#include "reference.hpp"

namespace poolnorm::tests::reference {
namespace {

// Every product of floats is exact in f64 and rounded at once, so no compiler can contract it into an fma.
float multiply(float a, float b) { return static_cast<float>(static_cast<double>(a) * static_cast<double>(b)); }
double multiply(double a, double b) { return a * b; }

template <class T>
T clamped(T x, T lo, T hi) {
  const T t = lo > x ? lo : x;
  return hi < t ? hi : t;
}

template <class T>
T parameter(const Parameters& p, std::int64_t c, T absent) {
  return p.size == 0 ? absent : static_cast<const T*>(p.data)[c];
}

template <class T>
T act(const Activation& activation, T x) {
  const auto lo = static_cast<T>(activation.lo), hi = static_cast<T>(activation.hi);
  switch (activation.kind) {
    case ActivationKind::none: return x;
    case ActivationKind::relu: return 0 > x ? 0 : x;
    case ActivationKind::clamp: return clamped(x, lo, hi);
    case ActivationKind::leaky_relu: return 0 > x ? multiply(x, static_cast<T>(activation.slope)) : x;
    case ActivationKind::hard_swish: return multiply(x, clamped<T>(x + 3, 0, 6)) / 6;
    case ActivationKind::hard_sigmoid: return clamped<T>(x + 3, 0, 6) / 6;
  }
  return x;
}

// What the type holds of a result: f16 and bf16 round f32's once more.
float stored(ElementType type, float y) {
  return type == ElementType::f32 ? y : static_cast<float>(rounded(type, static_cast<double>(y)));
}
double stored(ElementType, double y) { return y; }

template <class Values, class Desc, class Affine>
Values map(const Desc& desc, const Values& src, const Values* residual, Affine affine) {
  Values dst = src;
  const std::int64_t channels = src.dims[1];
  std::int64_t plane = 1;
  for (std::size_t i = 2; i < src.dims.size(); ++i) plane *= src.dims[i];
  for (std::size_t i = 0; i < src.values.size(); ++i) {
    const std::int64_t c = static_cast<std::int64_t>(i) / plane % channels;
    auto y = affine(src.values[i], c);
    if (residual != nullptr) y = y + residual->values[i];
    dst.values[i] = stored(desc.src.type, act(desc.activation, y));
  }
  return dst;
}

template <class T, class Values>
Values any_batch_norm(const BatchNormDesc& desc, const Values& src, const Values* residual) {
  return map(desc, src, residual, [&](T x, std::int64_t c) {
    const double variance = static_cast<double>(parameter<T>(desc.variance, c, 0));
    const double deviation = std::sqrt(variance + static_cast<double>(desc.epsilon));
    const auto a = static_cast<T>(static_cast<double>(parameter<T>(desc.gamma, c, 1)) / deviation);
    return multiply(x - parameter<T>(desc.mean, c, 0), a) + parameter<T>(desc.beta, c, 0);
  });
}

template <class T, class Values>
Values any_scale_shift(const ScaleShiftDesc& desc, const Values& src, const Values* residual) {
  return map(desc, src, residual, [&](T x, std::int64_t c) {
    return multiply(x, parameter<T>(desc.scale, c, 1)) + parameter<T>(desc.shift, c, 0);
  });
}

// s8 and u8: in steps of dst, f32.
float steps(double real, double scale) { return static_cast<float>(std::clamp(real / scale, -0x1p100, 0x1p100)); }

float act_in_steps(const Activation& a, float t, double scale) {
  const float three = steps(3, scale), six = steps(6, scale);
  switch (a.kind) {
    case ActivationKind::clamp:
      return clamped(t, steps(static_cast<double>(a.lo), scale), steps(static_cast<double>(a.hi), scale));
    case ActivationKind::hard_swish: return multiply(t, clamped(t + three, 0.0f, six)) / six;
    case ActivationKind::hard_sigmoid: return clamped(t + three, 0.0f, six) / 6;
    default: return act(a, t);
  }
}

// real_map(c): the scale and shift of real numbers.
template <class Desc, class Map>
Dense quantized(const Desc& desc, const Dense& src, const Dense* residual, Map real_map) {
  if (src.values.empty()) return src;
  const ElementType type = desc.dst.rank == 0 ? desc.src.type : desc.dst.type;
  const double lowest = type == ElementType::s8 ? -128 : 0, unit = static_cast<double>(desc.dst_quantization.scale);
  const std::int64_t channels = src.dims[1], plane = product(src.dims) / src.dims[0] / channels;
  Dense dst = src;
  for (std::size_t i = 0; i < src.values.size(); ++i) {
    const auto [scale, shift] = real_map(static_cast<std::int64_t>(i) / plane % channels);
    const Quantization &from = desc.src_quantization, &added = desc.residual_quantization;
    float t = multiply(src.values[i] - static_cast<float>(from.zero_point),
                       steps(static_cast<double>(from.scale) * scale, unit)) +
              steps(shift, unit);
    if (residual != nullptr) {
      t = t + multiply(residual->values[i] - static_cast<float>(added.zero_point),
                       steps(static_cast<double>(added.scale), unit));
    }
    const auto y = static_cast<double>(act_in_steps(desc.activation, t, unit));
    const double q = (desc.rounding == Rounding::half_to_even ? std::nearbyint(y) : std::round(y)) +
                     desc.dst_quantization.zero_point;
    dst.values[i] = static_cast<float>(std::clamp(q, lowest, lowest + 255));
  }
  return dst;
}

bool is_byte(const TensorDesc& t) { return t.type == ElementType::s8 || t.type == ElementType::u8; }

}  // namespace

float activate(const Activation& activation, float x) { return act(activation, x); }
double activate(const Activation& activation, double x) { return act(activation, x); }

Dense batch_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual) {
  if (!is_byte(desc.src)) return any_batch_norm<float>(desc, src, residual);
  return quantized(desc, src, residual, [&desc](std::int64_t c) -> std::pair<double, double> {
    const double variance = static_cast<double>(parameter<float>(desc.variance, c, 0));
    const double a = static_cast<double>(parameter<float>(desc.gamma, c, 1)) /
                     std::sqrt(variance + static_cast<double>(desc.epsilon));
    const double mean = static_cast<double>(parameter<float>(desc.mean, c, 0));
    return {a, static_cast<double>(parameter<float>(desc.beta, c, 0)) - mean * a};
  });
}
Dense64 batch_norm(const BatchNormDesc& desc, const Dense64& src, const Dense64* residual) {
  return any_batch_norm<double>(desc, src, residual);
}

Dense scale_shift(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual) {
  if (!is_byte(desc.src)) return any_scale_shift<float>(desc, src, residual);
  return quantized(desc, src, residual, [&desc](std::int64_t c) -> std::pair<double, double> {
    return {static_cast<double>(parameter<float>(desc.scale, c, 1)),
            static_cast<double>(parameter<float>(desc.shift, c, 0))};
  });
}
Dense64 scale_shift(const ScaleShiftDesc& desc, const Dense64& src, const Dense64* residual) {
  return any_scale_shift<double>(desc, src, residual);
}

}  // namespace poolnorm::tests::reference
