// Elementwise work on a box of a tensor: the norm of a chain, or a copy.
#pragma once

#include "drive/view.hpp"
#include "plan/channel_map.hpp"
#include "plan/pool_geometry.hpp"

namespace poolnorm {

struct Region {
  std::int64_t image, channel, channels;
  std::int64_t d, ds, h, hs, w, ws;
};

// What is done to a region: a kernel, and its arguments from the region's first channel on, without tensors and loops.
struct RegionMap {
  void (*kernel)(const AffineArgs&);
  AffineArgs args;
  std::int64_t repeats = 1;                  // of the parameters, one behind the other
  const std::int64_t* mask_steps = nullptr;  // bits along N, C, D, H, W; null: no mask
};

// dst = map(src [+ residual]); residual.data may be null. dst may be src or residual in place. `channels`: of the
// whole tensor.
void map_region(const RegionMap& map, std::int64_t channels, Walk walk, const Region& region,
                const View<const void>& src, const View<const void>& residual, const View<void>& dst) noexcept;

void copy_region(Walk walk, const Region& region, const View<const void>& src, const View<void>& dst) noexcept;

}  // namespace poolnorm
