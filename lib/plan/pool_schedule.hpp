// How a pooling is carried out: which stages, over how much at a time. Never what it computes.
#pragma once

#include "kernels/kernel_table.hpp"
#include "plan/pool_geometry.hpp"

namespace poolnorm {

enum class PoolStages : int {
  direct,        // whole windows in registers
  rolling,       // windows that overlap, vectors along the channels: columns in a ring
  alone,         // windows that stand alone, vectors along the channels: what they have so far in a row
  narrow,        // whole planes of narrow rows in registers
  global,        // one window to a plane, planes side by side in registers
  across_run,    // columns, then windows one group apart
  across_pairs,  // columns, then windows two elements apart
  across_group,  // columns, then any windows, vectors along the channels
  across_long,   // columns, then long windows, vectors along the window
  across_sliding,  // columns, then large windows that overlap, vectors along the channels
  across_tile,   // columns of sixteen rows, transposed, then any windows
};

struct PoolSchedule {
  PoolStages stages = PoolStages::direct;
  bool sliding = false;  // columns that output rows share
  bool clipped = false;  // windows as ranges of real columns; else rows are padded in the buffer

  // The tensor as the walk sees it: `slabs` of one channel (channels_first) or of `strip` channels, in
  // each of `images`.
  std::int64_t images = 1, slabs = 1;
  std::int64_t strip = 1;  // channels in a slab

  // One task: this many slabs x output rows (of D and H together) x windows along W.
  std::int64_t task_slabs = 1, task_rows = 1, task_windows = 1;
  std::int64_t row_tasks = 1, window_tasks = 1, tasks = 1;

  // Per worker, in bytes: accumulator rows (columns of a ring, lanes) `pitch` elements apart, the tiles, and the tap pointers.
  std::int64_t pitch = 0;
  bool pairs = false;  // rolling: two output rows at once
  std::int64_t ring_columns = 0;  // rolling: columns in the ring
  std::int64_t side_by_side = 0;  // alone: columns of a tall window at a time
  std::int64_t rows_bytes = 0, tile_bytes = 0, out_tile_bytes = 0, spare_bytes = 0, taps_bytes = 0;
  std::int64_t worker_bytes() const noexcept {
    return rows_bytes + tile_bytes + out_tile_bytes + spare_bytes + taps_bytes;
  }
};

// Whether the stages take windows from src to dst, without a row buffer: windows are ranges of columns, vectors along the channels.
constexpr bool by_windows(PoolStages s) noexcept {
  return s == PoolStages::direct || s == PoolStages::rolling || s == PoolStages::alone;
}

// Of the stages, for explain().
const char* name(const PoolSchedule& schedule) noexcept;

// No slab has more than `most_channels`. False when the workspace would not fit 64 bits.
bool schedule_pool(const PoolGeometry& g, const ReductionKernels& kernels, std::int64_t lanes,
                   bool uniform_scale, std::int64_t most_channels, PoolSchedule& schedule) noexcept;

}  // namespace poolnorm
