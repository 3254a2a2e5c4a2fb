#include "drive/index_bands.hpp"

#include <algorithm>

#include "drive/lane_rows.hpp"

namespace poolnorm {
namespace {

// What indices are made of: taps of the window, or places of the plane.
void count_places(const IndexGeometry& g, std::int64_t row, IndexBandArgs& a) noexcept {
  a.bytes = g.type == IndexType::u8;
  a.tap_row = a.bytes ? a.taps : g.step_h;
  a.tap_column = a.bytes ? 1 : g.step_w;
  if (a.bytes) return;
  a.window_row = a.stride * g.step_h;
  a.window_column = a.stride * g.step_w;
  a.origin = g.pool.h().start(row) * g.step_h - a.left * g.step_w;
}

// Output rows [row, row + rows) of a plane.
void band(const MaxIndicesPlanData& p, const View<const void>& src, const View<void>& dst, const View<void>& indices,
          std::int64_t image, std::int64_t channel, std::int64_t row, std::int64_t rows, char* memory) noexcept {
  const IndexGeometry& g = p.geometry;
  const Axis &h = g.pool.h(), &w = g.pool.w();
  const ConvertKernels* const convert = p.form.convert;
  void *const to_values = dst.at(image, channel, 0, row), *const to_indices = indices.at(image, channel, 0, row);
  const std::int64_t first = std::max<std::int64_t>(0, h.start(row)), rise = (image * g.pool.c + channel) * g.step_plane;
  IndexBandArgs a{};
  a.src = src.at(image, channel, 0, first);
  a.src_rows = std::min(h.in, h.start(row + rows - 1) + h.kernel) - first;
  a.columns = w.in;
  a.src_row = src.strides[3];
  a.taps = w.kernel;
  a.stride = w.stride;
  a.first = h.start(row) - first;
  a.left = w.pad_begin;
  a.rows = rows;
  a.windows = w.out;
  a.value = to_values;
  a.value_row = dst.strides[3];
  a.index = to_indices;
  a.index_row = indices.strides[3];
  count_places(g, row, a);
  if (convert != nullptr) {
    const std::int64_t pitch = p.band_src_row_bytes() / 4;
    convert_row(convert->widen, a.src, a.src_row, memory, pitch, w.in, a.src_rows);
    a.src = memory;
    a.src_row = pitch;
    a.value = memory + p.band_src_bytes();
    a.value_row = p.band_dst_row_bytes() / 4;
  }
  if (g.type == IndexType::i32) a.origin += rise;
  if (g.type == IndexType::i64) {
    a.index = memory + p.band_src_bytes() + p.band_dst_bytes();
    a.index_row = w.out;
  }
  if (p.kernels->band(a)) p.kernels->band_exact(a);
  if (convert != nullptr) convert_row(convert->narrow, a.value, a.value_row, to_values, dst.strides[3], w.out, rows);
  if (g.type == IndexType::i64) {
    p.kernels->store_i64({static_cast<const std::int32_t*>(a.index), rows, w.out, to_indices, indices.strides[3], rise, 0, nullptr, true});
  }
}

}  // namespace

void walk_index_bands(const MaxIndicesPlanData& plan, const View<const void>& src, const View<void>& dst, const View<void>& indices,
                      const PoolBlock& block, char* memory) noexcept {
  for (std::int64_t c = block.channel; c < block.channel + block.channels; ++c) {
    for (std::int64_t done = 0; done < block.rows; done += plan.band_rows) {
      band(plan, src, dst, indices, block.image, c, block.row + done, std::min(plan.band_rows, block.rows - done), memory);
    }
  }
}

}  // namespace poolnorm
