// The border of statistics and of the norms that take them from their input; the rules are those of
// kernel_table.hpp. Moments are (count, mean, M2), M2 the sum of squared distances from the mean, in f64.
//
// A block is at most `block_elements` elements of one population. Element i goes to virtual lane
// i mod 8, whatever the vectors: with d = x - shift in f64, shift the block's first element,
//   s[lane] += d, q[lane] += d * d;   lanes joined ((0+4)+(2+6))+((1+5)+(3+7))
//   mean = shift + s / n,  M2 = q - s * (s / n)
#pragma once

#include "kernels/kernel_table.hpp"

namespace poolnorm {

inline constexpr std::int64_t block_elements = 1024;
inline constexpr std::int64_t virtual_lanes = 8;

// The moments of `blocks` blocks of `size` contiguous elements, one behind the other. What is read `ahead`
// elements further on is fetched meanwhile. Gradients have a second input and a centre for each block; weights
// are as many as `blocks` * `size`.
struct BlocksArgs {
  const void* src;
  std::int64_t size, blocks;
  std::int64_t ahead;
  double* mean;
  double* m2;
  const void* gradient;
  const double* centre;
  std::int64_t centre_step;
  const void* weight;
};

// `count` pixels, `step` apart, of one block of each of `width` contiguous channels: pixel i goes to lane
// (first_lane + i) mod 8. lanes[l * pitch + c] is s, lanes[(8 + l) * pitch + c] is q.
struct PixelsArgs {
  const void* src;
  const void* shift;  // `width` elements
  std::int64_t count, step, first_lane, width;
  double* lanes;
  std::int64_t pitch;
  const void* gradient;
  std::int64_t gradient_step;
  const double* centre;  // `width` values
};

// The moments of a block of `count` elements from the lanes of `width` channels.
struct JoinArgs {
  const double* lanes;
  const void* shift;
  const double* centre;
  std::int64_t pitch, count, width;
  double* mean;
  double* m2;
};

// Moments of a and b, for `width` channels, left in a:
//   d = mean_b - mean_a;  mean = mean_a + d * share;  M2 = (M2_a + M2_b) + (d * d) * spread
struct MergeArgs {
  double *mean, *m2;
  const double *mean_b, *m2_b;
  double share;   // n_b / (n_a + n_b)
  double spread;  // n_a * share
  std::int64_t width;
};

// Down the columns [begin, begin + width) of `count` rows, row i in virtual lane i mod 8, lanes joined as ever:
// sums of g, and of (g * (x - centre)) * scale, x, g, centre and scale those of the row.
struct ColumnSumsArgs {
  const void* const* src;
  const void* const* gradient;
  const double *centre, *scale;
  std::int64_t count, begin, width;
  double *first, *second;
};

// dst[i] = a[i] + b[i], rounded.
struct AddArgs {
  const void *a, *b;
  void* dst;
  std::int64_t width;
};

struct MomentsKernels {
  void (*blocks)(const BlocksArgs&);
  void (*pixels)(const PixelsArgs&);
  void (*join)(const JoinArgs&);
  void (*merge)(const MergeArgs&);
  void (*squares)(const BlocksArgs&);  // without a shift: mean is 0, M2 the sum of squares
};

// The same tree for gradients: mean holds the sum of g, M2 that of g * (x - centre), and both add up.
struct GradientKernels {
  MomentsKernels sums;
  // dst = (g * scale - shift) - ((src - mean) - mean_low) * slopes, g in the residual's place; without
  // slopes g * scale.
  void (*input)(const AffineArgs&);
  void (*masked)(const AffineArgs&);  // dst = src where the mask's bit is set, else 0
  void (*weighted)(const BlocksArgs&);  // sums.blocks of weight * g
  void (*columns)(const ColumnSumsArgs&);
  // dst = (g * (float)(scale * invstd) - shift) - ((src - mean) - mean_low) * slopes [+ also]: scale per
  // element, which may be null, all others of the run.
  void (*row)(const AffineArgs&);
};

struct TrainingKernels {
  // dst = act(((src - mean) - mean_low) * scale + shift [+ residual]), with the mask where there is one.
  void (*centred)(const AffineArgs&);
  // dst = ((src - mean) - mean_low) * (float)(scale * invstd) + shift: mean, mean_low and invstd of the
  // run's channel, scale and shift per element; those may be null.
  void (*row)(const AffineArgs&);
  void (*add)(const AddArgs&);
};

}  // namespace poolnorm
