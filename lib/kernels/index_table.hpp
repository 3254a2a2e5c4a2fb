// The border of poolings with indices; see kernel_table.hpp. Values are f32 or f64,
// whichever the table is of; rows of other elements are converted.
#pragma once

#include <cstdint>

#include "kernels/kernel_table.hpp"

namespace poolnorm {

// groups x width elements, src_step and dst_step apart.
struct ConvertArgs {
  const void* src;
  std::int64_t src_step;
  void* dst;
  std::int64_t dst_step;
  std::int64_t groups, width;
};

// Rows of elements to f32, and back to nearest even; bits to lanes of 32, and back.
struct ConvertKernels {
  void (*widen)(const ConvertArgs&);
  void (*narrow)(const ConvertArgs&);
};
struct IndexConverters {
  ConvertKernels f16, bf16, s8, u8, bits16, bits8;
};

// The first maximum of every window along a row, and where it stands: best[w][e] over j < ranges[w].count of
// src[(ranges[w].first + j * dilation) * column + e], its index base[w] + j * index_step. A window without
// taps gives -inf and an index that means nothing. Tables have `slack` entries more, of one tap in column 0.
struct IndexRowArgs {
  const void* src;      // column 0
  std::int64_t column;  // step between columns
  std::int64_t columns;
  std::int64_t width;  // channels side by side; 1: vectors along the windows
  std::int64_t windows;
  const TapRange* ranges;
  const std::int32_t *first, *last, *base;  // of every window: first and last column, first index
  std::int64_t taps;                        // of the largest window
  std::int64_t dilation, index_step;
  // width 1, column 1: windows [whole_begin, whole_end) have all taps and are `stride`, 1 or 2, apart.
  std::int64_t whole_begin, whole_end, stride;
  void* value;
  std::int32_t* index;
};

// The same over rows of such results, element by element, top to bottom: row i's indices rise by rise[i].
struct IndexDownArgs {
  const void* const* values;
  const std::int32_t* const* indices;
  const std::int32_t* rise;
  std::int64_t rows;
  std::int64_t width;
  void* value;  // a zero is +0; may be values[0], and so may index be indices[0]
  std::int32_t* index;
};

// Both at once, vectors along the channels: rows of taps at column 0, at most direct_taps taps a window.
inline constexpr std::int64_t direct_taps = 16;
struct IndexDirectArgs {
  const void* const* rows;
  const std::int32_t* rise;
  std::int64_t row_count, most_taps;  // of a window; most_taps a row
  std::int64_t column, tap_step, index_step;
  const TapRange* ranges;
  const std::int32_t* base;
  std::int64_t windows, width;
  void* value;  // window w at w * value_step
  std::int64_t value_step;
  std::int32_t* index;  // packed
  std::uint8_t* bytes;  // instead, if not null: window w at w * bytes_step
  std::int64_t bytes_step;
};

// Both at once in a plane of f32 whose rows are contiguous: windows of taps x taps, 2 or 3, `stride` apart, 1 or 2, both ways, `rows` rows
// of them, the first of which begins in input row `first`, -1 or more. Each has a tap inside.
struct IndexBandArgs {
  const void* src;  // input row 0
  std::int64_t src_rows, columns, src_row;
  std::int64_t taps, stride, first;
  std::int64_t left;  // columns of padding in front, 0 or 1
  std::int64_t rows, windows;
  void* value;
  std::int64_t value_row;
  void* index;
  std::int64_t index_row;
  bool bytes;  // indices are u8, else i32
  // The index of tap (0, 0) of the first window, and what a tap, a window, of the next row, of the next column adds, in 32 bits.
  std::int64_t origin, tap_row, tap_column, window_row, window_column;
};

// Indices of a row to their type: groups x width, dst_step apart. u8: tap row * 256 + tap column becomes row * kernel[group] + column;
// below 256 it is a number already.
struct IndexStoreArgs {
  const std::int32_t* index;
  std::int64_t groups, width;
  void* dst;
  std::int64_t dst_step;
  std::int64_t rise;           // i32, i64: added
  std::int64_t element_rise;   // i32, i64: that of an element of a group over the one before it
  const std::int32_t* kernel;  // u8: of every group
  bool same_kernel;            // u8: of every group the first
};

struct IndexKernels {
  // Fast and, where those return true (an input was NaN), exact.
  bool (*row)(const IndexRowArgs&);
  void (*row_exact)(const IndexRowArgs&);
  void (*down)(const IndexDownArgs&);
  void (*down_exact)(const IndexDownArgs&);
  bool (*direct)(const IndexDirectArgs&);
  void (*direct_exact)(const IndexDirectArgs&);
  bool (*band)(const IndexBandArgs&);  // these two may be null
  void (*band_exact)(const IndexBandArgs&);
  void (*store_u8)(const IndexStoreArgs&);
  void (*store_i32)(const IndexStoreArgs&);
  void (*store_i64)(const IndexStoreArgs&);
  // Sixteen rows of values to a tile, whole blocks of sixteen columns, and back to `rows` of them; indices back.
  void (*to_tile)(const void* const* rows, std::int64_t count, void* tile);
  void (*from_tile)(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows);
  void (*indices_from_tile)(const void* tile, std::int64_t count, void* const* dst, std::int64_t rows);
  std::int64_t lanes;
};

// Every second input of a row, or every one: the windows offset + j + t * step, t < taps, see the j-th of them.
struct WindowPhase {
  std::int64_t offset = 0, taps = 0;
};

}  // namespace poolnorm
