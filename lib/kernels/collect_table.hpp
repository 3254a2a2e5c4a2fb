// The border of the gradient of max pooling with indices: for every input, the gradients of the windows whose maximum
// it was; see kernel_table.hpp. Values are f32 or f64, whichever the table is of; rows of other elements are converted.
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

// Null where vectors are so short that elements are scattered faster, one by one.
struct CollectKernels {
  void (*places_u8)(const PlacesArgs&);
  void (*places_i32)(const PlacesArgs&);
  void (*places_i64)(const PlacesArgs&);
  // How many windows' gradients found an input.
  std::int64_t (*collect)(const CollectArgs&);
  std::int64_t (*collect_along)(const CollectArgs&);
  std::int64_t lanes;
};

}  // namespace poolnorm
