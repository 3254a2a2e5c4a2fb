// The border of gradients of averages and of Lp pooling; see kernel_table.hpp. Tensors hold elements of the table's type; what lies
// between them are lanes: f64 of f64, f32 of all others.
#pragma once

#include <cstdint>

#include "kernels/index_table.hpp"

namespace poolnorm {

// dst[r][w][e] = (float)(src[r][w][e] * (1.0 / divisor)), of f64 src[r][w][e] / divisor: lanes, packed windows, -0 in `slack` before
// and after them where there is one row.
struct QuotientArgs {
  const void* src;
  std::int64_t src_row, src_step;
  std::int64_t rows, windows, width;
  // Row r is divided by scale[lines[r] * pitch + w * scale_step]; without lines by those of line 0.
  const double* scale;
  const std::int64_t* lines;
  std::int64_t pitch;
  std::int64_t scale_step;  // 0: one for all windows of a row
  bool powers_of_two;       // all of them, and at most 2^20
  void* dst;
  std::int64_t dst_row;
};

// dst[r][w][e] = src[r][w][e] / norm[r][w][e], 0 where norm is 0; as above.
struct RatioArgs {
  const void* src;
  std::int64_t src_row, src_step;
  const void* norm;
  std::int64_t norm_row, norm_step;
  std::int64_t rows, windows, width;
  void* dst;
  std::int64_t dst_row;
};

inline constexpr std::int64_t count_columns = 16;

// dst[c][e] = the sum over t < count[c] of src[(first[c] + t * step) * width + e], in order, + 0; src are lanes. A packed row of
// width 1 wants `none`, an index of a -0 in src, and tables with `slack` entries more; or the windows of `stride`
// phases, 1 or 2, and -0 where there are no windows.
struct SpreadArgs {
  const void* src;
  const std::int32_t *first, *count;
  const std::int32_t* most;  // the largest count of each `count_columns` columns
  std::int64_t step;
  std::int64_t columns, width;
  std::int32_t none;
  const WindowPhase* phases;
  std::int64_t stride;  // 0: no phases
  void* dst;
  std::int64_t dst_step;
};

// What is made of a sum: itself; an input times it; or it with the sign of the input, which stays itself where it has none.
enum class SpreadFinish { sum, times, with_sign };

// dst[g][e] = the sum of rows[i][g * width + e], lanes, in order, finished with x[g][e], + 0.
struct GatherRowsArgs {
  const void* const* rows;
  std::int64_t row_count;
  std::int64_t groups, width;
  void* dst;
  std::int64_t dst_step;
  SpreadFinish finish;
  const void* x;
  std::int64_t x_step;
};

// Small windows: taps x taps of them, 2 or 3, `stride` apart, both ways, vectors along the rows. Rows [begin, end) of inputs of a plane are
// made of rows [first, last) of quotients, which are all that see them.
struct SpreadBlockArgs {
  const void* quotients;      // lanes; of window row `first`, window 0; `block_margin` of -0 before and after each row
  std::int64_t quotient_row;
  std::int64_t first, last;
  std::int64_t taps, stride;
  std::int64_t columns;
  std::int64_t top, left;     // padding; left 0 or 1, and 0 with 2 taps, 1 with a stride of 1
  std::int64_t begin, end;
  SpreadFinish finish;
  const void* x;              // of row `begin`
  std::int64_t x_row;
  void* dst;
  std::int64_t dst_row;
};
inline constexpr std::int64_t block_margin = 32;

// Planes that one window each sees whole: all their elements are src[p] / divisor, or as RatioArgs and `finish` say.
struct SpreadAllArgs {
  const void* src;
  const void* norm;  // null: divisor
  std::int64_t src_step, norm_step;
  double divisor;
  std::int64_t planes, elements;  // packed
  SpreadFinish finish;
  const void* x;
  std::int64_t x_step;
  void* dst;
  std::int64_t dst_step;
};

struct SpreadKernels {
  void (*quotients)(const QuotientArgs&);
  void (*ratios)(const RatioArgs&);
  void (*spread)(const SpreadArgs&);        // to elements
  void (*spread_lanes)(const SpreadArgs&);  // to lanes
  void (*down)(const GatherRowsArgs&);
  void (*add)(const GatherRowsArgs&);  // the sum alone, to lanes
  void (*blocks)(const SpreadBlockArgs&);  // these two of f16 and bf16: SpreadFinish::sum alone
  void (*all)(const SpreadAllArgs&);
  // As those of IndexKernels: of lanes.
  void (*to_tile)(const void* const* rows, std::int64_t count, void* tile);
  void (*from_tile)(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows);
  std::int64_t lanes;
};
struct SpreadTables {
  SpreadKernels f32, f16, bf16, f64;
};

}  // namespace poolnorm
