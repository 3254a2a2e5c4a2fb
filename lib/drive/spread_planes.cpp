#include "drive/spread_planes.hpp"

#include <algorithm>

#include "drive/view.hpp"

namespace poolnorm {
namespace {

struct Planes {
  const SpreadPlanData& p;
  const SpreadData& data;
  const PoolGeometry& g = p.geometry;
  const std::int64_t src_bytes = size_of(g.src.type), dst_bytes = size_of(g.dst.type);
  const View<const void> grad_dst{data.grad_dst, g.dst_strides, {}, dst_bytes};
  const View<const void> dst{data.dst, g.dst_strides, {}, dst_bytes};
  const View<const void> src{data.src, g.src_strides, {}, src_bytes};
  const View<void> grad_src{data.grad_src, g.src_strides, {}, src_bytes};

  const void* x(std::int64_t image, std::int64_t channel, std::int64_t row) const noexcept {
    return p.finish == SpreadFinish::sum ? nullptr : src.at(image, channel, 0, row);
  }

  // Planes are packed, slices and rows one behind the other.
  void all(std::int64_t image, std::int64_t channel, std::int64_t channels, std::int64_t begin, std::int64_t end) const noexcept {
    const std::int64_t columns = g.w().in, moved_by = begin * columns * src_bytes;
    p.kernels->all({grad_dst.at(image, channel, 0, 0), p.divides_by_norm() ? dst.at(image, channel, 0, 0) : nullptr,
                    g.dst_strides[1], g.dst_strides[1], p.scales.at(0, 0, 0)[0], channels, (end - begin) * columns, p.finish,
                    p.finish == SpreadFinish::sum ? nullptr : moved(x(image, channel, 0), moved_by), g.src_strides[1],
                    moved(grad_src.at(image, channel, 0, 0), moved_by), g.src_strides[1]});
  }

  // At most a band of rows, whose windows are `rows`.
  void blocks(std::int64_t image, std::int64_t channel, std::int64_t begin, std::int64_t end, SpreadPlanData::Range rows,
              char* quotients) const noexcept {
    const Axis &h = g.h(), &w = g.w();
    const void* const grad = grad_dst.at(image, channel, 0, rows.first);
    const std::int64_t step = g.dst_strides[3], count = rows.last - rows.first;
    if (p.divides_by_norm()) {
      p.kernels->ratios({grad, step, 1, dst.at(image, channel, 0, rows.first), step, 1, count, w.out, 1, quotients, p.block_row()});
    } else {
      p.kernels->quotients({grad, step, 1, count, w.out, 1, p.scales.lines(), p.scales.rows(rows.first), p.scales.pitch(),
                            p.scales.step(), p.shifts, quotients, p.block_row()});
    }
    p.kernels->blocks({quotients, p.block_row(), rows.first, rows.last, h.kernel, h.stride, w.in, h.pad_begin, w.pad_begin, begin, end,
                       p.finish, x(image, channel, begin), g.src_strides[3], grad_src.at(image, channel, 0, begin),
                       g.src_strides[3]});
  }
};

template <class T>
void fill_margins(T* margin, std::int64_t rows, std::int64_t row) noexcept {
  for (std::int64_t r = 0; r <= rows; ++r) std::fill_n(margin + r * row, block_margin, T(-0.0));
}

}  // namespace

void spread_planes(const SpreadPlanData& p, const SpreadData& data, std::int64_t image, std::int64_t channel,
                   std::int64_t channels, std::int64_t begin, std::int64_t end, char* memory) noexcept {
  const Planes planes{p, data};
  if (p.way == SpreadWay::all) return planes.all(image, channel, channels, begin, end);
  if (p.form.lane_bytes == 8) {
    fill_margins(reinterpret_cast<double*>(memory), p.band_windows, p.block_row());
  } else {
    fill_margins(reinterpret_cast<float*>(memory), p.band_windows, p.block_row());
  }
  char* const quotients = memory + block_margin * p.form.lane_bytes;
  for (std::int64_t row = begin; row < end; row += p.band) {
    const std::int64_t behind = std::min(end, row + p.band);
    const SpreadPlanData::Range windows = p.block_windows(row, behind);
    for (std::int64_t c = channel; c < channel + channels; ++c) planes.blocks(image, c, row, behind, windows, quotients);
  }
}

}  // namespace poolnorm
