// A block of a pooling's output under work: what its stages share, and the three kinds of them.
#pragma once

#include <algorithm>

#include "drive/pool_walk.hpp"

namespace poolnorm {

struct BlockWalk {
  const PoolPlanData& plan;
  const ReductionKernels& kernels;
  const View<const void>& src;
  const View<void>& dst;
  const PoolBlock& block;
  PoolScratch& scratch;
  const PoolMap* map;  // null: none

  // Elements side by side, and planes of them.
  std::int64_t group() const noexcept { return first() ? 1 : block.channels; }
  std::int64_t planes() const noexcept { return first() ? block.channels : 1; }

  // The tap rows of output row (od, oh), at column 0, to scratch.taps; how many they are.
  std::int64_t find_taps(std::int64_t od, std::int64_t oh) const noexcept {
    const TapRange &d = plan.d_taps[od], &h = plan.h_taps[oh];
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < d.count; ++i) {
      for (std::int64_t j = 0; j < h.count; ++j) scratch.taps[count++] = src_row(d.first + i * d_axis().dilation, h.first + j * h_axis().dilation);
    }
    return count;
  }
  const void* src_row(std::int64_t d, std::int64_t h) const noexcept { return src.at(block.image, block.channel, d, h); }
  void* dst_row(std::int64_t od, std::int64_t oh) const noexcept {
    return dst.at(block.image, block.channel, od, oh, block.window);
  }

  // done = body(od, oh, left) for the block's rows: how many rows it did, all of one od, at most `left`.
  template <class Body>
  void rows(Body body) const noexcept {
    const std::int64_t height = h_axis().out;
    std::int64_t od = block.row / height, oh = block.row % height;
    for (std::int64_t left = block.rows; left > 0;) {
      const std::int64_t done = body(od, oh, std::min(left, height - oh));
      left -= done;
      oh += done;
      if (oh < height) continue;
      oh = 0;
      ++od;
    }
  }
  // How many rows from oh on see all their taps, which differ by a constant step only.
  std::int64_t whole_rows(std::int64_t oh) const noexcept {
    return oh >= plan.whole_begin ? std::max<std::int64_t>(0, plan.whole_end - oh) : 0;
  }

 private:
  bool first() const noexcept { return plan.geometry.walk == Walk::channels_first; }
  const Axis& d_axis() const noexcept { return plan.geometry.d(); }
  const Axis& h_axis() const noexcept { return plan.geometry.h(); }
};

void walk_windows(const BlockWalk& walk) noexcept;  // from src to dst: direct, rolling, alone
void walk_planes(const BlockWalk& walk) noexcept;   // the same, a plane at a time: narrow, global
void walk_rows(const BlockWalk& walk) noexcept;     // columns, then across

}  // namespace poolnorm
