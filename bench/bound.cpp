#include "bound.hpp"

#include <algorithm>
#include <cmath>

#include "elements.hpp"

namespace bench {
namespace {

using poolnorm::ElementType;

// Lanes of four bytes that go through each kind of instruction.
struct Work {
  double adds = 0, multiplies = 0, maxima = 0, divides = 0, quotients = 0, widened = 0;
  double others = 0;  // no kind that stands alone: conversions, selections
};

Work times(const Work& w, double n) {
  return {w.adds * n, w.multiplies * n, w.maxima * n, w.divides * n, w.quotients * n, w.widened * n, w.others * n};
}

Work plus(const Work& a, const Work& b) {
  return {a.adds + b.adds,           a.multiplies + b.multiplies, a.maxima + b.maxima, a.divides + b.divides,
          a.quotients + b.quotients, a.widened + b.widened,       a.others + b.others};
}

bool is_half(ElementType type) { return type == ElementType::f16 || type == ElementType::bf16; }

struct Axis {
  double in = 1;    // inputs that some window reads
  double out = 1;   // windows
  double taps = 1;  // of all windows together
};

Axis axis_of(const Layer& layer, std::size_t axis) {
  Axis result{0, 0, 0};
  std::vector<char> read(static_cast<std::size_t>(layer.spatial[axis]), 0);
  for (const AxisWindow& window : windows(layer, axis)) {
    result.out += 1;
    result.taps += static_cast<double>(window.inside);
    for (std::int64_t i = 0; i < window.inside; ++i) read[static_cast<std::size_t>(window.first + i * window.step)] = 1;
  }
  result.in = static_cast<double>(std::count(read.begin(), read.end(), 1));
  return result;
}

// Maxima along one axis: a window of k taps takes k - 1, or all windows together 3 an input (van Herk).
double maxima_along(const Axis& axis) { return std::min(axis.taps - axis.out, 3 * axis.in); }

double nominal_window(const Layer& layer) {
  double taps = 1;
  for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) {
    std::int64_t widest = layer.kernel.empty() ? 0 : layer.kernel[axis];
    if (layer.is_adaptive())
      for (const AxisWindow& window : windows(layer, axis)) widest = std::max(widest, window.inside);
    taps *= static_cast<double>(widest);
  }
  return taps;
}

// Lanes of the element's own size: what part of an instruction of four-byte lanes one takes.
double own_lane(const Layer& layer) { return static_cast<double>(poolnorm::size_of(layer.type)) / sizeof(float); }

struct Axes {
  Axis d, h, w;
  double outputs() const { return d.out * h.out * w.out; }
  double inputs() const { return d.in * h.in * w.in; }
};

Axes axes_of(const Layer& layer) {
  Axis axes[3];
  const std::size_t missing = 3 - layer.spatial.size();
  for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) axes[missing + axis] = axis_of(layer, axis);
  return {axes[0], axes[1], axes[2]};
}

// Forward: on one channel of one image, one axis after the other, the slowest first.
Work extreme_work(const Layer& layer) {
  const auto [d, h, w] = axes_of(layer);
  Work work;
  const double maxima =
      maxima_along(d) * h.in * w.in + d.out * maxima_along(h) * w.in + d.out * h.out * maxima_along(w);
  work.maxima = maxima * own_lane(layer);
  if (layer.indices) work.others = maxima;  // each maximum selects an index
  const bool has_own_arithmetic = layer.type == ElementType::f32 || layer.type == ElementType::f64;
  if (has_own_arithmetic) work.adds = d.out * h.out * w.out * own_lane(layer);  // a zero becomes +0
  if (layer.is_lp()) work.others += d.in * h.in * w.in * own_lane(layer);
  return work;
}

Work average_work(const Layer& layer) {
  const Axes axes = axes_of(layer);
  const auto& [d, h, w] = axes;
  const double column_taps = d.taps * h.taps * w.in, columns = d.out * h.out * w.in;
  const double across = d.out * h.out * (w.taps - w.out);
  Work work;
  switch (layer.type) {
    case ElementType::f64:
      work.adds = column_taps - columns + across;
      work.divides = axes.outputs();
      return times(work, 2);
    case ElementType::s8:
    case ElementType::u8:
      work.adds = (column_taps - columns + across) * own_lane(layer);
      work.multiplies = axes.outputs();
      work.others = 2 * axes.outputs();  // to float and back
      return work;
    case ElementType::f16:
    case ElementType::bf16: work.others = axes.inputs() + axes.outputs(); break;
    case ElementType::f32: break;
  }
  work.quotients = axes.outputs();
  if (nominal_window(layer) <= 64) {
    work.adds = column_taps - columns + across;
  } else {  // runs of eight taps are converted, and a vector of their sums holds half as many
    const double runs = columns * std::ceil(column_taps / std::max(columns, 1.0) / 8);
    work.adds = column_taps - runs + 2 * (runs - columns + across);
    work.widened = runs;
  }
  return work;
}

// Of any p, in f64: a logarithm and an exponential, whose series have some 24 terms.
Work power_work(double powers) {
  Work work;
  work.adds = work.multiplies = 24 * powers;
  work.divides = powers;
  return times(work, 2);
}

// Of a gradient: its windows' quotients (of p = 1 none, of other p powers), in an output row left to right, then top to
// bottom, and of Lp a product with every input; or one addition to the place of each maximum.
Work pool_backward_work(const Layer& layer) {
  const Axes axes = axes_of(layer);
  const auto& [d, h, w] = axes;
  const bool wide = layer.type == ElementType::f64;
  Work work;
  if (is_half(layer.type)) work.others = axes.outputs() + axes.inputs();
  work.adds = axes.outputs();
  if (layer.is_sum()) work.adds = d.out * h.out * (w.taps - w.in) + w.in * (d.taps * h.taps - d.in * h.in);
  if (layer.is_average()) (wide ? work.divides : work.quotients) = axes.outputs();
  if (layer.is_lp() && layer.p == 2) {
    work.divides = axes.outputs();
    work.multiplies = axes.inputs();
  } else if (layer.is_lp() && layer.p != 1) {
    return plus(times(work, 2), power_work(axes.outputs() + axes.inputs()));
  }
  return wide ? times(work, 2) : work;
}

// The sums of an average, over |x| or x * x; a root, which is as slow as a division.
Work lp_work(const Layer& layer) {
  const Axes axes = axes_of(layer);
  const bool wide = layer.type == ElementType::f64 || nominal_window(layer) > 64;
  Work work = average_work(layer), powers;
  work.quotients = work.divides = 0;
  if (layer.p != 1 && layer.p != 2) return plus(work, power_work(axes.inputs() + axes.outputs()));
  (layer.p == 2 ? powers.multiplies : powers.others) = axes.inputs();
  if (layer.p == 2) powers.divides = axes.outputs();
  return plus(work, wide ? times(powers, 2) : powers);
}

Work pool_work(const Layer& layer) {
  if (layer.backward) return pool_backward_work(layer);
  if (!layer.is_sum()) return extreme_work(layer);
  return layer.is_lp() ? lp_work(layer) : average_work(layer);
}

// One element, in f64: its square, a sum of them, for a power of -0.75 a fourth root's reciprocal by a series in two steps
// of four additions and seven products, and three products. Back, the base's reciprocal and a sum of shares besides.
Work response_work(const Layer& layer) {
  Work work;
  work.adds = static_cast<double>(layer.size) + 2 * 4;
  work.multiplies = 1 + 1 + 2 * 7 + 3;
  if (layer.backward) {
    work.adds += static_cast<double>(layer.size);
    work.multiplies += 5;
  }
  return times(work, 2);
}

// One element.
Work norm_work(const Layer& layer) {
  if (layer.is_response()) return response_work(layer);
  Work work;
  if (layer.backward) {  // its two sums are double; then a centred x again, three additions and two products, or a product
    work.adds = 1 + (layer.has_statistics() ? 4 : 2);
    work.multiplies = 2 + (layer.has_statistics() ? 2 : 1);
    work.widened = 2;
    return work;
  }
  work.adds = (layer.kind == LayerKind::excite ? 0 : 2) + (layer.residual ? 1 : 0);
  work.multiplies = 1;
  if (layer.type != ElementType::f32 && layer.type != ElementType::f64) work.others = layer.residual ? 3 : 2;
  if (layer.has_statistics()) {  // the mean is a pair; sums are double, three additions and a product each
    work.adds += 1 + 6;
    work.multiplies += 2;
    work.widened = 1;
  }
  switch (layer.activation.kind) {
    case poolnorm::ActivationKind::none: break;
    case poolnorm::ActivationKind::relu: work.maxima = 1; break;
    case poolnorm::ActivationKind::clamp: work.maxima = 2; break;
    case poolnorm::ActivationKind::leaky_relu:
      work.multiplies += 1;
      work.maxima = 1;
      break;
    case poolnorm::ActivationKind::hard_swish: work.multiplies += 1; [[fallthrough]];
    case poolnorm::ActivationKind::hard_sigmoid:
      work.adds += 1;
      work.maxima = 2;
      work.divides = 1;
      break;
  }
  if (is_integer(layer.type)) work.maxima = std::max(work.maxima, 2.0);  // what saturates is also relu's and clamp's
  return work;
}

// A chain may norm the maxima only.
bool norm_follows(const Layer& layer) {
  return layer.norm && !layer.training && !layer.is_sum() && !layer.is_lp() && !layer.residual && !layer.intermediate;
}

}  // namespace

Bytes bytes_of(const Layer& layer, std::int64_t batch) {
  const double channels = static_cast<double>(batch * layer.channels);
  const double size = static_cast<double>(poolnorm::size_of(layer.type));
  const double in = channels * static_cast<double>(layer.plane()) * size;
  const double outputs = static_cast<double>(batch * layer.output_channels() * layer.output_plane());
  const double out = outputs * size + (layer.keeps_tensor() ? in : 0);
  const double indices = layer.indices ? outputs * static_cast<double>(size_of(*layer.indices)) : 0;
  const double mask = layer.has_mask() ? in / size / 8 : 0;
  if (layer.backward && layer.is_lp()) return {2 * out + in, in};
  if (layer.backward) return {out + indices + (layer.has_norm() ? in + mask : 0), layer.residual ? 2 * in : in};
  return {layer.residual ? 2 * in : in, out + indices + mask};
}

double bytes_time(const Bytes& bytes, int threads, Roofline& roofline, double working_set) {
  const double both = std::min(bytes.in, bytes.out);
  double seconds = 2 * both / roofline.bandwidth(Traffic::copy, working_set, threads);
  if (bytes.in > both) seconds += (bytes.in - both) / roofline.bandwidth(Traffic::read, working_set, threads);
  if (bytes.out > both) seconds += (bytes.out - both) / roofline.bandwidth(Traffic::write, working_set, threads);
  return seconds;
}

double port_time(const Layer& layer, std::int64_t batch, int threads, Roofline& roofline) {
  const double channels = static_cast<double>(batch * layer.channels) / threads;
  Work work;  // on one channel of one image
  if (layer.has_norm())
    work = times(norm_work(layer), static_cast<double>(norm_follows(layer) ? layer.output_plane() : layer.plane()));
  if (!layer.is_norm()) work = plus(work, times(pool_work(layer), static_cast<double>(layer.times)));
  const auto each = [&](Arithmetic kind, double floats) {
    return floats == 0 ? 0 : floats * channels * roofline.seconds_per_float(kind);
  };
  const double shared = each(Arithmetic::mixed, work.adds + work.multiplies + work.maxima + work.others) +
                        each(Arithmetic::quotient, work.quotients) + each(Arithmetic::widen, work.widened);
  return std::max({each(Arithmetic::add, work.adds), each(Arithmetic::multiply, work.multiplies),
                   each(Arithmetic::maximum, work.maxima), each(Arithmetic::divide, work.divides), shared});
}

double bound(const Layer& layer, std::int64_t batch, int threads, Roofline& roofline, double working_set) {
  return std::max(bytes_time(bytes_of(layer, batch), threads, roofline, working_set),
                  port_time(layer, batch, threads, roofline));
}

}  // namespace bench
