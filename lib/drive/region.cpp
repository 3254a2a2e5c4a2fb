#include "drive/region.hpp"

#include <cstring>

namespace poolnorm {
namespace {

// A region as loops around runs of contiguous elements.
struct Loops {
  AffineLoop loops[3];  // outer to inner
  std::int64_t width;
};

// Steps of a run's elements in the tensors that may have others than 1.
struct RunSteps {
  std::int64_t residual = 0, mask = 0;
};

// `outer` continues where `inner` ends, in every tensor, in the same channel.
bool follows(const AffineLoop& outer, std::int64_t width, const RunSteps& steps) noexcept {
  return outer.channel == 0 && outer.src == width && outer.dst == width && outer.residual == steps.residual * width &&
         outer.mask == steps.mask * width;
}

Loops find_loops(Walk walk, const Region& r, const std::int64_t* src, const std::int64_t* residual,
                 const std::int64_t* dst, const std::int64_t* mask) noexcept {
  const auto loop = [&](std::int64_t count, int axis) {
    return AffineLoop{count,     src[axis],         residual == nullptr ? 0 : residual[axis],
                      dst[axis], axis == 1 ? 1 : 0, mask == nullptr ? 0 : mask[axis]};
  };
  if (walk == Walk::channels_last) return {{loop(r.ds, 2), loop(r.hs, 3), loop(r.ws, 4)}, r.channels};
  return {{loop(r.channels, 1), loop(r.ds, 2), loop(r.hs, 3)}, r.ws};
}

// The innermost loop goes, the others move inwards.
void drop_inner(Loops& l) noexcept {
  l.loops[2] = l.loops[1];
  l.loops[1] = l.loops[0];
  l.loops[0] = {1, 0, 0, 0, 0, 0};
}

// Inner loops whose runs follow each other become one run; a loop of one step is free to go.
void join_runs(Loops& l, const RunSteps& steps) noexcept {
  for (int moved = 0; moved < 3; ++moved) {
    if (l.loops[2].count != 1 && !follows(l.loops[2], l.width, steps)) return;
    l.width *= l.loops[2].count;
    drop_inner(l);
  }
}

// Pixels that follow each other become one loop.
void join_pixels(Loops& l) noexcept {
  for (int moved = 0; moved < 2; ++moved) {
    const AffineLoop outer = l.loops[1], inner = l.loops[2];
    const auto continues = [&](std::int64_t o, std::int64_t i) { return o == i * inner.count; };
    if (inner.count == 1) {
      drop_inner(l);
    } else if (outer.count == 1 || (continues(outer.src, inner.src) && continues(outer.dst, inner.dst) &&
                                    continues(outer.residual, inner.residual) && continues(outer.mask, inner.mask))) {
      l.loops[1] = inner;
      l.loops[1].count *= outer.count;
      drop_inner(l);
    } else {
      return;
    }
  }
}

void run(const RegionMap& map, AffineArgs& a, const Loops& l) noexcept {
  for (int i = 0; i < 3; ++i) a.loops[i] = l.loops[i];
  a.width = l.width;
  map.kernel(a);
}

std::int64_t mask_bit(const std::int64_t* steps, const Region& r) noexcept {
  return r.image * steps[0] + r.channel * steps[1] + r.d * steps[2] + r.h * steps[3] + r.w * steps[4];
}

}  // namespace

void map_region(const RegionMap& map, std::int64_t channels, Walk walk, const Region& r, const View<const void>& src,
                const View<const void>& residual, const View<void>& dst) noexcept {
  const bool adds = residual.data != nullptr, notes = map.mask_steps != nullptr;
  AffineArgs a = map.args;
  a.src = src.at(r.image, r.channel, r.d, r.h, r.w);
  a.residual = adds ? residual.at(r.image, r.channel, r.d, r.h, r.w) : nullptr;
  a.dst = dst.at(r.image, r.channel, r.d, r.h, r.w);
  if (notes) a.mask_bit = mask_bit(map.mask_steps, r);
  Loops l = find_loops(walk, r, src.strides, adds ? residual.strides : nullptr, dst.strides, map.mask_steps);
  if (walk == Walk::channels_first) {
    a.residual_broadcast = adds && r.ws > 1 && residual.strides[4] == 0;
    join_runs(l, {adds && !a.residual_broadcast ? 1 : 0, notes ? 1 : 0});
    return run(map, a, l);
  }
  a.channel_per_element = true;
  a.residual_broadcast = adds && r.channels > 1 && residual.strides[1] == 0;
  join_pixels(l);
  AffineLoop& pixels = l.loops[2];
  const bool packed = r.channels == channels && pixels.src == l.width && pixels.dst == l.width &&
                      (!adds || (!a.residual_broadcast && pixels.residual == l.width));
  if (!packed || map.repeats == 1 || pixels.count < map.repeats) return run(map, a, l);
  const std::int64_t wide = map.repeats * channels, rest = pixels.count % map.repeats * channels;
  const std::int64_t step = pixels.count * channels - rest;
  pixels = {pixels.count / map.repeats, wide, adds ? wide : 0, wide, 0};
  l.width = wide;
  // Loops further out remain: each has its own rest.
  run(map, a, l);
  if (rest == 0) return;
  a.src = moved(a.src, step * src.bytes);
  if (adds) a.residual = moved(a.residual, step * src.bytes);
  a.dst = moved(a.dst, step * src.bytes);
  pixels.count = 1;
  l.width = rest;
  run(map, a, l);
}

void copy_region(Walk walk, const Region& r, const View<const void>& src, const View<void>& dst) noexcept {
  Loops l = find_loops(walk, r, src.strides, nullptr, dst.strides, nullptr);
  const void* from = src.at(r.image, r.channel, r.d, r.h, r.w);
  void* to = dst.at(r.image, r.channel, r.d, r.h, r.w);
  const AffineLoop(&o)[3] = l.loops;
  for (std::int64_t i = 0; i < o[0].count; ++i) {
    for (std::int64_t j = 0; j < o[1].count; ++j) {
      for (std::int64_t k = 0; k < o[2].count; ++k) {
        std::memcpy(moved(to, (i * o[0].dst + j * o[1].dst + k * o[2].dst) * src.bytes),
                    moved(from, (i * o[0].src + j * o[1].src + k * o[2].src) * src.bytes),
                    static_cast<std::size_t>(l.width * src.bytes));
      }
    }
  }
}

}  // namespace poolnorm
