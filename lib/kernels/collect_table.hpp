// The border of the ways back by indices of max pooling: for every input, what the windows say whose maximum it was, their gradients added
// up (collect_gradient) or the last of their maxima (collect_unpool); see kernel_table.hpp. Of small windows elements of any type; of
// others lanes of f32, to which rows of other elements are converted, or of f64. "Gradients" and "the sum" below are either's.
//
// A place is an index in 32 bits, counted from 1; 0 is nowhere.
#pragma once

#include <cstdint>

#include "kernels/index_table.hpp"

namespace poolnorm {

// dst[w][e] = 1 + i where i = src[w][e] - rise - e * element_rise is in [0, places), else 0; packed.
struct PlacesArgs {
  const void* src;
  std::int64_t src_step;
  std::int64_t windows, width;
  std::int64_t rise, element_rise;
  std::int64_t places;
  std::int32_t* dst;
};

// A row of windows that sees a row of inputs, and what it calls that row.
struct CollectRow {
  const void* gradients;
  const std::int32_t* places;  // packed
  std::int32_t place;
};

// Inputs along an axis: the windows first[i] + t * step, t < count[i], see input i and call it place[i] + t * more.
struct CollectAxis {
  const std::int32_t *first, *count, *place;
  std::int64_t step;
  std::int32_t more;
};

struct CollectPhase {
  WindowPhase windows;
  std::int32_t place;  // of the first input; each of the others adds column_place
};

// dst[i][c][e] = the sum, in order, of gradients[w][e] over the rows that see row i and the windows w of each that see
// column c and have places[w][e] = place of the row + place of the column.
struct CollectArgs {
  const CollectRow* seen;
  const std::int32_t* seen_end;  // of every row of inputs: behind the last that sees it, in `seen`
  std::int64_t rows;
  std::int64_t gradient_step;  // between windows
  std::int64_t columns, width;
  CollectAxis axis;
  void* dst;
  std::int64_t dst_row, dst_step;
  // collect_along: width 1, packed, vectors along the row. Beside windows there are places 0, and gradients.
  const CollectPhase* phases;
  std::int64_t stride;  // so many phases, 1 or 2
  std::int32_t column_place;
};

// Small windows: taps x taps of them, 2 or 3, `stride` apart, both ways; tap (r, c) of a window is named r * taps + c, in a byte. Rows
// [begin, end) of inputs are made of rows [first, last) of windows, which are all that see them.
struct CollectBlockArgs {
  const void* gradients;  // of window row `first`, column 0
  std::int64_t gradient_row, gradient_step;
  const std::uint8_t* names;  // of the taps, in the same places
  std::int64_t name_row, name_step;
  std::int64_t first, last, windows;
  std::int64_t taps, stride;
  std::int64_t rows, columns;  // of the plane
  std::int64_t top, left;      // padding; vectors along the row: left 0 or 1, and 0 with 2 taps, 1 with a stride of 1
  std::int64_t begin, end;
  std::int64_t width;  // channels side by side; vectors along the row: 1
  void* dst;           // of row `begin`
  std::int64_t dst_row, dst_step;
};

// names[w][e] = the name of the tap at indices[w][e] - origin - w * window_rise - e * element_rise, which all have 32 bits, where rows of
// inputs are input_row apart, no less than taps; 255 if there is none. Packed.
struct NamesArgs {
  const void* indices;
  std::int64_t index_step;  // between windows
  std::int64_t windows, width;
  std::int64_t origin, window_rise, element_rise;
  std::int64_t taps, input_row;
  std::uint8_t* names;
};

// Null where vectors are so short that elements are scattered faster, one by one.
struct CollectKernels {
  void (*places_u8)(const PlacesArgs&);
  void (*places_i32)(const PlacesArgs&);
  void (*places_i64)(const PlacesArgs&);
  // How many windows' gradients found an input.
  std::int64_t (*collect)(const CollectArgs&);
  std::int64_t (*collect_along)(const CollectArgs&);
  // Of small windows, unpooling of 2 x 2 side by side alone; these four null of f64. blocks: whether all taps of the windows whose first
  // row of inputs is made are taps that have an input.
  void (*names_i32)(const NamesArgs&);
  void (*names_i64)(const NamesArgs&);
  bool (*blocks)(const CollectBlockArgs&);
  bool (*blocks_along)(const CollectBlockArgs&);
  std::int64_t lanes;
};
struct CollectTables {
  CollectKernels f32, f16, bf16, f64;
};
// By the bits of an element.
struct UnpoolTables {
  CollectKernels bits8, bits16, bits32, bits64;
};

}  // namespace poolnorm
