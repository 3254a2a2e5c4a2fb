#include "drive/pool_block.hpp"

namespace poolnorm {
namespace {

void narrow(const BlockWalk& walk) noexcept {
  const Axis &h = walk.plan.geometry.h(), &w = walk.plan.geometry.w();
  const std::int64_t row = walk.block.row;
  const std::int64_t first = std::max<std::int64_t>(0, h.start(row));  // input row
  const PoolScales& scales = walk.plan.scales;
  NarrowArgs a{};
  a.src = walk.src_row(0, first);
  a.dst = walk.dst_row(0, row);
  a.planes = {walk.planes(), walk.src.strides[1], walk.dst.strides[1]};
  a.src_rows = h.in - first;
  a.src_columns = w.in;
  a.src_row = walk.src.strides[3];
  a.rows = walk.block.rows;
  a.columns = w.out;
  a.dst_row = walk.dst.strides[3];
  a.taps = w.kernel;
  a.stride = w.stride;
  a.top = first - h.start(row);
  a.left = w.pad_begin;
  a.scale = scales.lines();
  a.scale_rows = scales.rows(row);
  a.scale_pitch = scales.pitch();
  a.scale_step = scales.step();
  if (walk.map == nullptr) return walk.kernels.narrow(a);
  a.map = walk.map->args;
  walk.kernels.mapped_narrow(a);
}

void global(const BlockWalk& walk) noexcept {
  GlobalArgs a{};
  a.tap_count = walk.find_taps(0, 0);
  a.taps = walk.scratch.taps;
  a.columns = walk.plan.geometry.w().taps(0).count;
  a.planes = {walk.planes(), walk.src.strides[1], walk.dst.strides[1]};
  a.dst = walk.dst_row(0, 0);
  a.scale = walk.plan.scales.at(0, 0, 0);
  if (walk.map == nullptr) return walk.kernels.global(a);
  a.map = walk.map->args;
  walk.kernels.mapped_global(a);
}

}  // namespace

void walk_planes(const BlockWalk& walk) noexcept {
  walk.plan.schedule.stages == PoolStages::narrow ? narrow(walk) : global(walk);
}

}  // namespace poolnorm
