// The border: everything above talks to kernels through these plain structs, everything below sees
// pointers, counts and strides only, never shapes, layouts, threads or Status.
//
// No code may stand here: this header is compiled once per ISA and once for the baseline.
// Steps are in elements. `void` is the plan's element type, or what its rule accumulates in: the element type, f32 of f16
// and bf16, s16 or s32 of integer sums, f64 of long ones.
#pragma once

#include <cstdint>

namespace poolnorm {

struct Loop {
  std::int64_t count;
  std::int64_t src;  // step
  std::int64_t dst;  // step
};

// Which taps an output of an axis reads: `count` inputs from `first`, behind `skipped` padded ones.
struct TapRange {
  std::int64_t first;
  std::int64_t count;
  std::int64_t skipped;
};

// What a chain does to an input on its way to a pool, channel by channel:
// min(hi, max(lo, (x - mean) * scale + shift)), NaN and -0 passing the bounds.
struct MapArgs {
  const float *mean, *scale, *shift;
  float lo, hi;
};

// dst[i] = reduce over t of taps[t][i], for every i of planes x rows x groups x width contiguous
// elements. No taps: dst is filled with the identity. dst holds accumulators.
struct ColumnsArgs {
  const void* const* taps;
  std::int64_t tap_count;
  Loop planes, rows, groups;
  std::int64_t width;
  void* dst;
  MapArgs map;               // mapped_columns only
  bool channel_per_element;  // map: the channels lie along the width, else along the planes
};

// The same for windows that slide down the rows by `stride`: output row r reduces `taps` input rows,
// `dilation` apart, from first + r * stride on; rows outside [0, src_rows) are padding. A stride above 1
// wants a dilation of 1.
struct SlidingArgs {
  const void* src;  // input row 0
  std::int64_t src_rows, src_row;
  std::int64_t first, taps, stride, dilation;
  std::int64_t rows, dst_row;
  Loop planes, groups;
  std::int64_t width;
  void* dst;
};

// dst[window][e] = finish(reduce over j of src[window * window_step + j * tap_step + e]), for every
// e < width, on planes x rows. With `ranges`, window w reduces range.count taps from
// (range.first - first_column) * column instead.
struct AcrossArgs {
  const void* src;  // accumulators
  void* dst;
  Loop planes, rows;
  std::int64_t windows;
  std::int64_t window_step;
  std::int64_t taps;
  std::int64_t tap_step;  // 0 where there is one
  std::int64_t width;
  std::int64_t dst_step;   // between windows
  const TapRange* ranges;  // null: regular windows, every tap in src
  std::int64_t column;     // step between the columns that ranges count
  std::int64_t first_column;
  const double* scale;      // averages: the divisor of each window, or a Requantization
  std::int64_t scale_step;  // in numbers; 0: one for all
  bool exact;               // src may hold NaN
  void* spare;              // across_sliding: room for spare_bytes a window
};

// A row of windows without a row buffer, for wide groups: window w reduces the columns of its range in every tap row.
struct WindowsArgs {
  const void* const* taps;  // rows, at column 0
  std::int64_t tap_count;
  std::int64_t column;  // step between input columns
  const TapRange* ranges;
  std::int64_t windows;
  std::int64_t width;
  std::int64_t dst_step;
  void* dst;
  const double* scale;
  std::int64_t scale_step;
  bool stream;  // store past the cache; dst is aligned for it
  bool ahead;   // src comes from memory: fetch what is read next
  MapArgs map;  // mapped and flipped kernels only; the channels lie along the width
};

// Both stages in registers.
struct DirectArgs : WindowsArgs {
  std::int64_t tap_step;  // step between the columns of one window
};

// Windows that overlap: firsts do not fall, columns follow each other. One output row, or two.
struct RollingArgs : WindowsArgs {
  std::int64_t second;  // the second output row's taps are those from this on, tap_count as well; 0: there is none
  std::int64_t dst_row;
  void* ring;  // room for ring_columns, ring_step accumulators apart
  std::int64_t ring_columns, ring_step;  // the former a power of two, no less than a window has
};

// One window, whose columns follow each other.
struct AloneArgs : WindowsArgs {
  void* sums;             // what it has so far: alone_lanes rows of as many accumulators as channels,
  std::int64_t sum_step;  // so far apart
  std::int64_t side_by_side;  // columns at a time, whose accumulators follow the sums; 0: one, all its taps in registers
};

// The same on inputs as they are, on mapped inputs, and map(max), of channels with a negative scale map(min). Each may be null.
template <class Args>
struct WindowKernels {
  void (*plain)(const Args&) = nullptr;
  void (*mapped)(const Args&) = nullptr;
  void (*flipped)(const Args&) = nullptr;
};

// Output rows of planes in registers: windows of 2 x 2 and stride 2; of 3 x 3, stride 2 and none or one
// column of padding on the left; of 3 x 3 or 5 x 5, stride 1 and one or two such columns. Windows may end
// behind the last row and column.
struct NarrowArgs {
  const void* src;
  void* dst;
  Loop planes;
  std::int64_t src_rows, src_columns, src_row;
  std::int64_t rows, columns, dst_row;  // outputs
  std::int64_t taps, stride, top, left;
  const double* scale;             // output row r has line scale_rows[r] of this table
  const std::int64_t* scale_rows;
  std::int64_t scale_pitch, scale_step;
  MapArgs map;  // mapped_narrow only; a plane is a channel
};

// One window to a plane: tap rows of `columns` contiguous elements, none of them missing.
struct GlobalArgs {
  const void* const* taps;  // of the first plane
  std::int64_t tap_count;
  std::int64_t columns;
  Loop planes;
  void* dst;
  const double* scale;
  MapArgs map;  // mapped_global only; plane p is channel p
};

// One reduction. The kernels watch for NaN and redo what they must; columns() says whether it met one.
struct ReductionKernels {
  bool (*columns)(const ColumnsArgs&);
  void (*across)(const AcrossArgs&);        // any window, vectors along `width`
  void (*across_run)(const AcrossArgs&);    // window_step == width == dst_step: one contiguous run
  void (*across_pairs)(const AcrossArgs&);  // width 1, window_step 2; may be null
  void (*across_long)(const AcrossArgs&);   // width 1, tap_step 1, vectors along the window
  bool (*mapped_columns)(const ColumnsArgs&);  // the same on mapped inputs; may be null
  WindowKernels<DirectArgs> direct;
  WindowKernels<RollingArgs> rolling;
  WindowKernels<AloneArgs> alone;
  bool rolls_pairs;          // two output rows at once, of windows of 3 x 3 and strides 1 and 2
  std::int64_t alone_lanes;  // accumulators a channel
  bool tall_alone;           // takes several columns side by side; always, where there are lanes
  // Large windows at the cost of small ones; null where the order of taps matters.
  bool (*columns_sliding)(const SlidingArgs&);
  void (*across_sliding)(const AcrossArgs&);
  // Rows of up to narrow_columns elements, null where that is 0; wider ones with windows of 2 x 2, and of
  // 3 x 3 where taps may come in any order; 5 x 5 for those only. 2 x 2 averages by powers of two. Every window
  // has a row inside.
  void (*narrow)(const NarrowArgs&);
  std::int64_t narrow_columns;
  void (*mapped_narrow)(const NarrowArgs&);  // of 2 x 2 with every row inside, on mapped inputs; may be null
  // Of one window to a plane; may be null.
  void (*global)(const GlobalArgs&);
  void (*mapped_global)(const GlobalArgs&);
  // Sixteen rows of `count` accumulators to a tile of `count` groups of sixteen.
  void (*to_tile)(const void* const* rows, std::int64_t count, void* tile);
  std::int64_t accumulator_bytes;
  const char* accumulator;  // its type, for explain()
};

inline constexpr std::int64_t tile_rows = 16;
inline constexpr std::int64_t spare_bytes = 256;  // four vectors

// Rows of accumulators, tiles and tables of scales are followed by this many initialised elements,
// which across_pairs, across_run, narrow, to_tile and from_tile may read (never src or dst of the user).
inline constexpr std::int64_t slack = 128;

// What makes an element of a sum of elements, in a table of scales: zero_point + round((sum - correction) * factor),
// a half away from zero where `away` is not 0, else to even.
struct Requantization {
  double factor, correction, zero_point, away;
};
inline constexpr std::int64_t requantization_numbers = 4;

// Windows of up to this many integers, and as large divisors, are summed in s32, others in f64.
inline constexpr std::int64_t short_integers = 8192;

struct PowerKernels;

// Lp pooling: sums of |x| and of x * x, short and long, maxima of |x|; of any other power, kernels/power_table.hpp.
struct LpKernels {
  const ReductionKernels *p1, *long_p1, *p2, *long_p2, *infinity;
  const PowerKernels* powers;
};

// The pools of one element type. Integers round halves to even or away from zero (`away`).
struct PoolKernels {
  const ReductionKernels *max, *min, *sum, *sum_by_power_of_two, *long_sum, *sum_away, *long_sum_away;
  // A tile of `count` groups of sixteen elements back to `rows` <= 16 rows.
  void (*from_tile)(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows);
  std::int64_t lanes;
  const LpKernels* lp = nullptr;                                               // floating-point types only
  const ReductionKernels *requantized = nullptr, *long_requantized = nullptr;  // integers only
};

struct AffineLoop {
  std::int64_t count;
  std::int64_t src, residual, dst;  // steps
  std::int64_t channel;             // step in the parameter arrays
  std::int64_t mask = 0;            // step in bits
};

enum class AffineAct : int { none, relu, clamp, leaky_relu, hard_swish, hard_sigmoid };

// A tensor of s8 or u8: an element xor `flip` is one of u8, whose zero point is `zero`.
struct ByteTensor {
  std::int32_t flip, zero;
};

// What norms of such tensors need besides: dst = zero + round(min(hi, max(lo, act(x * scale + shift [+ r *
// residual_scale])))) with x and r counted from their zero points, a half rounded away from zero or to even.
struct QuantizedArgs {
  ByteTensor src, residual, dst;
  float residual_scale;
  float lo, hi;  // no more than what dst can hold
  bool away;
};

// dst = act((src - mean) * scale + shift [+ residual]) on loops[0] x loops[1] x loops[2] x width. Parameters
// are f32, or f64 where the elements are.
struct AffineArgs {
  const void* src;
  const void* residual;  // null: none
  void* dst;
  const void* mean;
  const void* scale;
  const void* shift;
  AffineLoop loops[3];
  std::int64_t width;
  bool channel_per_element;  // the run goes along the channels, else its channel is constant
  bool residual_broadcast;   // one residual for the whole run
  bool stream;
  bool ahead;  // src and residual come from memory: fetch what is read next, where runs go along the channels
  AffineAct act;
  float lo, hi, slope;
  float zero;  // added to leaky_relu's results: -0 leaves them, +0 makes every zero +0
  float three, six;  // hard_swish and hard_sigmoid: these numbers in the units of x
  const QuantizedArgs* quantized;  // of s8 and u8: no mean, and act is neither relu nor clamp
  // Of norms that take their statistics from src; see moments_table.hpp.
  const void* mean_low;
  const double* invstd;
  const void* slopes;
  const void* also;        // added last; may be null
  std::uint8_t* mask;      // bit mask_bit + i: whether element i passes the relu; may be null
  std::int64_t mask_bit;
};

struct NormKernels {
  void (*affine)(const AffineArgs&);
};

}  // namespace poolnorm
