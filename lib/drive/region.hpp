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

// dst = map(src [+ residual]); residual.data may be null. dst may be src or residual in place. `zero`: see
// AffineArgs.
void map_region(const NormKernels& kernels, const ChannelMap& map, std::int64_t channels, Walk walk,
                const Region& region, const View<const void>& src, const View<const void>& residual,
                const View<void>& dst, float zero = -0.0f) noexcept;

void copy_region(Walk walk, const Region& region, const View<const void>& src, const View<void>& dst) noexcept;

}  // namespace poolnorm
