#include "drive/pool_block.hpp"

namespace poolnorm {
namespace {

// Whether the windows of so many output rows may be stored past the cache.
bool streams(const BlockWalk& walk, const void* dst, std::int64_t rows) noexcept {
  const auto apart = [&](std::int64_t step) { return step * walk.src.bytes % 64 == 0; };
  return walk.plan.stream && reinterpret_cast<std::uintptr_t>(dst) % 64 == 0 &&
         (walk.block.windows == 1 || apart(walk.dst.strides[4])) && (rows == 1 || apart(walk.dst.strides[3]));
}

// The windows of `rows` output rows from (od, oh) on.
template <class Args>
Args windows(const BlockWalk& walk, std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
  const PoolPlanData& plan = walk.plan;
  Args a{};
  a.tap_count = walk.find_taps(od, oh);
  a.taps = walk.scratch.taps;
  a.column = walk.src.strides[4];
  a.ranges = plan.ranges.data() + walk.block.window;
  a.windows = walk.block.windows;
  a.width = walk.group();
  a.dst_step = walk.dst.strides[4];
  a.dst = walk.dst_row(od, oh);
  a.scale = plan.scales.at(od, oh, walk.block.window);
  a.scale_step = plan.scales.step();
  a.stream = streams(walk, a.dst, rows);
  a.ahead = plan.ahead;
  if (walk.map != nullptr) a.map = walk.map->args;
  return a;
}

template <class Args>
void call(const WindowKernels<Args>& kernels, const PoolMap* map, const Args& args) noexcept {
  (map == nullptr ? kernels.plain : map->follows ? kernels.flipped : kernels.mapped)(args);
}

void direct(const BlockWalk& walk, std::int64_t od, std::int64_t oh) noexcept {
  DirectArgs a = windows<DirectArgs>(walk, od, oh, 1);
  a.tap_step = step_of(walk.plan.geometry.w().dilation, a.column);
  call(walk.kernels.direct, walk.map, a);
}

void alone(const BlockWalk& walk, std::int64_t od, std::int64_t oh) noexcept {
  AloneArgs a = windows<AloneArgs>(walk, od, oh, 1);
  a.sums = walk.scratch.rows;
  a.sum_step = walk.plan.schedule.pitch;
  a.side_by_side = walk.plan.schedule.side_by_side;
  call(walk.kernels.alone, walk.map, a);
}

// One output row, or two that see all their taps.
void rolling(const BlockWalk& walk, std::int64_t od, std::int64_t oh, std::int64_t rows) noexcept {
  RollingArgs a = windows<RollingArgs>(walk, od, oh, rows);
  if (rows == 2) {
    const Axis& h = walk.plan.geometry.h();
    a.second = h.stride;
    for (std::int64_t i = 0; i < h.stride; ++i) walk.scratch.taps[a.tap_count + i] = walk.src_row(0, h.start(oh) + h.kernel + i);
  }
  a.dst_row = walk.dst.strides[3];
  a.ring = walk.scratch.rows;
  a.ring_columns = walk.plan.schedule.ring_columns;
  a.ring_step = walk.plan.schedule.pitch;
  call(walk.kernels.rolling, walk.map, a);
}

}  // namespace

void walk_windows(const BlockWalk& walk) noexcept {
  const PoolSchedule& s = walk.plan.schedule;
  walk.rows([&](std::int64_t od, std::int64_t oh, std::int64_t left) {
    const std::int64_t rows = s.pairs && left > 1 && walk.whole_rows(oh) > 1 ? 2 : 1;
    if (s.stages == PoolStages::rolling) rolling(walk, od, oh, rows);
    if (s.stages == PoolStages::alone) alone(walk, od, oh);
    if (s.stages == PoolStages::direct) direct(walk, od, oh);
    return rows;
  });
}

}  // namespace poolnorm
