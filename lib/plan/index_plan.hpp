// What plans with indices of max poolings hold: to make them, and to follow them back.
#pragma once

#include <poolnorm/max_indices.hpp>

#include "kernels/index_table.hpp"
#include "plan/array.hpp"
#include "plan/lane_form.hpp"
#include "plan/pool_geometry.hpp"
#include "plan/ring_schedule.hpp"

namespace poolnorm {

struct IndexGeometry {
  PoolGeometry pool;        // W keeps its place
  bool rows_only = false;   // of its walk: what goes along with it has channels that are not side by side
  TensorDesc indices;
  std::int64_t index_strides[max_rank] = {};
  IndexType type = IndexType::i64;
  std::int64_t plane = 0;  // elements of an input plane
  // What a step along each axis adds to an index of 32 or 64 bits, and what the next plane does.
  std::int64_t step_d = 0, step_h = 0, step_w = 1, step_plane = 0;
};

inline std::int64_t size_of(IndexType type) noexcept {
  return type == IndexType::u8 ? 1 : type == IndexType::i32 ? 4 : 8;
}
const char* name(IndexType type) noexcept;
// Of how indices count, for explain(): nothing of the usual.
const char* counting(const IndexGeometry& g) noexcept;

// Everything but the tables; of `g` only rows_only is read. `writes_src`: elements of src may not overlap.
Status check_indices(const MaxIndicesDesc& desc, bool writes_src, IndexGeometry& g) noexcept;

struct MaxIndicesPlanData {
  IndexGeometry geometry;
  RingSchedule schedule;
  bool direct = false;  // both stages at once
  std::int64_t band_rows = 0;  // output rows of a plane that are made at a time by kernels of their own, instead of all these; 0: none
  LaneForm form;
  Array<TapRange> d_taps, h_taps, w_taps;  // w_taps, and the tables of its windows, with `slack` more
  Array<std::int32_t> first, last, base, kernel;
  bool empty_windows = false;  // some see only padding along W
  std::int64_t taps = 0, whole_begin = 0, whole_end = 0;
  std::int64_t columns = 0;  // of a row of inputs: of copies those that windows see
  const IndexKernels* kernels = nullptr;
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  // Of a worker: row results, the row being made, copies of inputs, rows between, indices of a tile's rows, the
  // ring, pointers.
  std::int64_t value_bytes() const noexcept;  // of a row of values, of indices: whole lines, with slack
  std::int64_t index_bytes() const noexcept;
  std::int64_t row_bytes() const noexcept { return value_bytes() + index_bytes(); }
  std::int64_t slots() const noexcept;   // of row results
  std::int64_t copies() const noexcept;  // of inputs
  std::int64_t copy_bytes() const noexcept { return form.copy_bytes(columns, schedule.strip); }
  std::int64_t staged_row_bytes() const noexcept {
    return form.staged_row_bytes(std::max(columns, geometry.pool.w().out));
  }
  std::int64_t index_row_bytes() const noexcept;  // tiled: of one channel
  std::int64_t ring_slots() const noexcept { return schedule.ring_d * schedule.ring_h; }
  std::int64_t most_rows() const noexcept;  // that are listed at a time
  // Bands: rows of inputs, of results and of indices that are converted.
  std::int64_t band_src_rows() const noexcept { return (band_rows - 1) * geometry.pool.h().stride + geometry.pool.h().kernel; }
  std::int64_t band_src_row_bytes() const noexcept { return whole_lines(geometry.pool.w().in * 4); }
  std::int64_t band_dst_row_bytes() const noexcept { return whole_lines(geometry.pool.w().out * 4); }
  std::int64_t band_src_bytes() const noexcept { return form.convert == nullptr ? 0 : band_src_rows() * band_src_row_bytes(); }
  std::int64_t band_dst_bytes() const noexcept { return form.convert == nullptr ? 0 : band_rows * band_dst_row_bytes(); }
  std::int64_t band_index_bytes() const noexcept { return geometry.type == IndexType::i64 ? band_rows * band_dst_row_bytes() : 0; }
  std::int64_t worker_bytes() const noexcept;
};

// Its stages, for explain().
const char* name(const MaxIndicesPlanData& plan) noexcept;

Status plan_max_indices(const MaxIndicesDesc& desc, const PlanOptions& options, MaxIndicesPlanData& plan) noexcept;

// Max unpooling and the gradient of max pooling. What has no arithmetic of its own is added up in f32, in planes
// of the worker's, and converted then.
struct ScatterPlanData {
  IndexGeometry geometry;
  bool adds = false;  // the gradient, else unpooling
  const ConvertKernels* convert = nullptr;
  std::int64_t strides[max_rank] = {};  // of what is written: the pooling's src, or a worker's planes
  std::int64_t strip = 1, slabs = 1, tasks = 1;
  Array<TapRange> d_taps, h_taps, w_taps;
  std::int64_t tap_offset[255] = {};  // u8, sliding: of every tap, from the window's first
  Isa isa = Isa::portable;
  std::int64_t bytes = 0;

  // A row of windows, planes.
  std::int64_t row_bytes() const noexcept {
    return convert == nullptr ? 0 : whole_lines(geometry.pool.w().out * strip * 4);
  }
  std::int64_t planes_bytes() const noexcept {
    return convert == nullptr ? 0 : whole_lines(geometry.plane * strip * 4);
  }
  std::int64_t worker_bytes() const noexcept { return row_bytes() + planes_bytes(); }
};

Status plan_scatter(const MaxIndicesDesc& desc, bool adds, const PlanOptions& options, ScatterPlanData& plan) noexcept;

}  // namespace poolnorm
