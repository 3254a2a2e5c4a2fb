// The meaning of every operation, written as plainly as possible: one output at a time, no layout, no
// vector, nothing shared with the library but its descriptors. Averages follow the documented order of
// sums, so that results can be compared bit for bit; `average_bounds` checks that order against a plain
// sum in wider arithmetic.
#pragma once

#include <cstdint>
#include <vector>

#include <poolnorm/norm.hpp>
#include <poolnorm/pool.hpp>

#include "dense.hpp"

namespace poolnorm::tests::reference {

// The windows along one spatial axis.
struct Axis {
  std::int64_t in = 1, out = 1;
  std::int64_t kernel = 1;  // taps of the largest window
  std::int64_t stride = 1, dilation = 1;
  std::int64_t pad_begin = 0, pad_end = 0;
  bool adaptive = false;
  const std::int64_t* starts = nullptr;  // listed windows

  std::int64_t taps(std::int64_t o) const;
  // The input index of a tap; outside [0, in) for a padded one.
  std::int64_t position(std::int64_t o, std::int64_t tap) const;
  // How many taps of a window lie in [begin, end).
  std::int64_t taps_within(std::int64_t o, std::int64_t begin, std::int64_t end) const;
  bool inside(std::int64_t position) const { return 0 <= position && position < in; }
};

struct Geometry {
  Axis d, h, w;
  bool legal = true;  // every output dim >= 1, and an average has something to divide by in every window

  std::vector<std::int64_t> output_dims(const TensorDesc& src) const;
  std::int64_t window() const { return d.kernel * h.kernel * w.kernel; }  // taps of the largest, padded ones too
};

// Of a descriptor whose fields are sane one by one.
Geometry geometry(const PoolDesc& desc);

// f16 and bf16 are f32's result, rounded once more; integers are exact. f64 has its own.
Dense pool(const PoolDesc& desc, const Dense& src);
Dense64 pool(const PoolDesc& desc, const Dense64& src);

// For average pooling: the exact averages and how far a result may be from them.
struct Bounds {
  std::vector<double> exact, bound;
};
Bounds average_bounds(const PoolDesc& desc, const Dense& src);
// The same for Lp pooling, where no power overflows or becomes denormal.
Bounds lp_bounds(const PoolDesc& desc, const Dense& src);
// Of other powers than 1, 2 and infinity.
Bounds power_bounds(const PoolDesc& desc, const Dense64& src);

// In f32, f16 and bf16 rounded once more; f64 in f64, with parameters of double; s8 and u8 in f32 steps of dst.
float activate(const Activation& activation, float x);
double activate(const Activation& activation, double x);
Dense batch_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual = nullptr);
Dense64 batch_norm(const BatchNormDesc& desc, const Dense64& src, const Dense64* residual = nullptr);
Dense scale_shift(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual = nullptr);
Dense64 scale_shift(const ScaleShiftDesc& desc, const Dense64& src, const Dense64* residual = nullptr);

}  // namespace poolnorm::tests::reference
