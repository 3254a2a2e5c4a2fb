#include <cmath>
#include <cstddef>

#include "reference.hpp"

namespace poolnorm::tests::reference {
namespace {

// Every product is exact in f64 and rounded at once, so no compiler can contract it into an fma.
float multiply(float a, float b) { return static_cast<float>(static_cast<double>(a) * static_cast<double>(b)); }
double multiply(double a, double b) { return a * b; }

template <class T>
T clamped(T x, T lo, T hi) {
  const T t = lo > x ? lo : x;
  return hi < t ? hi : t;
}

template <class T>
T activated(const Activation& activation, T x) {
  switch (activation.kind) {
    case ActivationKind::none: return x;
    case ActivationKind::relu: return 0 > x ? 0 : x;
    case ActivationKind::clamp: return clamped(x, T(activation.lo), T(activation.hi));
    case ActivationKind::leaky_relu: return 0 > x ? multiply(x, T(activation.slope)) : x;
    case ActivationKind::hard_swish: return multiply(x, clamped(x + 3, T(0), T(6))) / 6;
    case ActivationKind::hard_sigmoid: return clamped(x + 3, T(0), T(6)) / 6;
  }
  return x;
}

float parameter(const Parameters& p, std::int64_t c, float absent) {
  return p.size == 0 ? absent : static_cast<const float*>(p.data)[c];
}

template <class Affine>
Dense map(const Dense& src, const Dense* residual, const Activation& activation, Affine affine) {
  Dense dst(src.dims);
  const std::int64_t channels = src.dims[1];
  std::int64_t plane = 1;
  for (std::size_t i = 2; i < src.dims.size(); ++i) plane *= src.dims[i];
  for (std::size_t i = 0; i < src.values.size(); ++i) {
    const std::int64_t c = static_cast<std::int64_t>(i) / plane % channels;
    float y = affine(src.values[i], c);
    if (residual != nullptr) y = y + residual->values[i];
    dst.values[i] = activate(activation, y);
  }
  return dst;
}

}  // namespace

float activate(const Activation& activation, float x) { return activated(activation, x); }
double activate(const Activation& activation, double x) { return activated(activation, x); }

Dense batch_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual) {
  return map(src, residual, desc.activation, [&](float x, std::int64_t c) {
    const double deviation =
        std::sqrt(static_cast<double>(parameter(desc.variance, c, 0)) + static_cast<double>(desc.epsilon));
    const auto a = static_cast<float>(static_cast<double>(parameter(desc.gamma, c, 1)) / deviation);
    return multiply(x - parameter(desc.mean, c, 0), a) + parameter(desc.beta, c, 0);
  });
}

Dense scale_shift(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual) {
  return map(src, residual, desc.activation, [&](float x, std::int64_t c) {
    return multiply(x, parameter(desc.scale, c, 1)) + parameter(desc.shift, c, 0);
  });
}

}  // namespace poolnorm::tests::reference
