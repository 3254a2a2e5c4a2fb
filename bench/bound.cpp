#include "bound.hpp"

#include <algorithm>

namespace bench {
namespace {

// Floats that go through each kind of instruction.
struct Work {
  double adds = 0, multiplies = 0, maxima = 0, divides = 0, quotients = 0, widened = 0;
};

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

// One axis after the other, the slowest first, on one channel of one image.
Work pool_work(const Layer& layer) {
  Axis axes[3];
  const std::size_t missing = 3 - layer.spatial.size();
  for (std::size_t axis = 0; axis < layer.spatial.size(); ++axis) axes[missing + axis] = axis_of(layer, axis);
  const auto& [d, h, w] = axes;
  const double outputs = d.out * h.out * w.out;
  Work work;
  if (!layer.is_average()) {
    work.maxima = maxima_along(d) * h.in * w.in + d.out * maxima_along(h) * w.in + d.out * h.out * maxima_along(w);
    work.adds = outputs;  // a zero becomes +0
    return work;
  }
  const double column_taps = d.taps * h.taps * w.in, columns = d.out * h.out * w.in;
  const double across = d.out * h.out * (w.taps - w.out);
  work.quotients = outputs;
  if (nominal_window(layer) <= 64) {
    work.adds = column_taps - columns + across;
  } else {  // sums are double: every tap is converted, and a vector holds half as many
    work.widened = column_taps;
    work.adds = 2 * across;
  }
  return work;
}

// One element.
Work norm_work(const Layer& layer) {
  Work work;
  work.adds = layer.residual ? 3 : 2;
  work.multiplies = 1;
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
  return work;
}

Work times(const Work& w, double n) {
  return {w.adds * n, w.multiplies * n, w.maxima * n, w.divides * n, w.quotients * n, w.widened * n};
}

Work plus(const Work& a, const Work& b) {
  return {a.adds + b.adds,       a.multiplies + b.multiplies, a.maxima + b.maxima,
          a.divides + b.divides, a.quotients + b.quotients,   a.widened + b.widened};
}

// A chain may norm the maxima only.
bool norm_follows(const Layer& layer) { return layer.norm && !layer.is_average() && !layer.residual; }

double elements_out(const Layer& layer) {
  double n = 1;
  for (const std::int64_t size : output_sizes(layer)) n *= static_cast<double>(size);
  return n;
}

}  // namespace

Bytes bytes_of(const Layer& layer, std::int64_t batch) {
  const double planes = static_cast<double>(batch * layer.channels) * sizeof(float);
  double out = planes;
  for (const std::int64_t size : output_sizes(layer)) out *= static_cast<double>(size);
  const double in = planes * static_cast<double>(layer.plane());
  return {layer.residual ? 2 * in : in, out};
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
  const double elements = static_cast<double>(layer.plane());
  Work work;  // on one channel of one image
  if (layer.has_norm()) work = times(norm_work(layer), norm_follows(layer) ? elements_out(layer) : elements);
  if (!layer.is_norm()) work = plus(work, pool_work(layer));
  const auto each = [&](Arithmetic kind, double floats) {
    return floats == 0 ? 0 : floats * channels * roofline.seconds_per_float(kind);
  };
  const double shared = each(Arithmetic::mixed, work.adds + work.multiplies + work.maxima) +
                        each(Arithmetic::quotient, work.quotients) + each(Arithmetic::widen, work.widened);
  return std::max({each(Arithmetic::add, work.adds), each(Arithmetic::multiply, work.multiplies),
                   each(Arithmetic::maximum, work.maxima), each(Arithmetic::divide, work.divides), shared});
}

double bound(const Layer& layer, std::int64_t batch, int threads, Roofline& roofline, double working_set) {
  return std::max(bytes_time(bytes_of(layer, batch), threads, roofline, working_set),
                  port_time(layer, batch, threads, roofline));
}

}  // namespace bench
