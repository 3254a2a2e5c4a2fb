// Stages that map their inputs as they load them: a norm and an activation in front of a pool, without
// a pass of their own.
#pragma once

#include "kernels/affine.hpp"
#include "kernels/kernel_table.hpp"
#include "kernels/reduction.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

// The maps of Vectors vectors of inputs.
template <int Vectors>
struct MapVectors {
  F32 mean[Vectors], scale[Vectors], shift[Vectors];
  F32 lo, hi;

  POOLNORM_INLINE F32 operator()(int v, F32 x) const { return clamped((x - mean[v]) * scale[v] + shift[v], lo, hi); }
};

// One channel for all of them, or one an element.
template <int Vectors>
POOLNORM_INLINE MapVectors<Vectors> same_channel(const MapArgs& a, std::int64_t channel) {
  MapVectors<Vectors> m;
  for (int v = 0; v < Vectors; ++v) {
    m.mean[v] = F32(a.mean[channel]);
    m.scale[v] = F32(a.scale[channel]);
    m.shift[v] = F32(a.shift[channel]);
  }
  m.lo = F32(a.lo);
  m.hi = F32(a.hi);
  return m;
}
template <int Vectors, class Len>
POOLNORM_INLINE MapVectors<Vectors> channel_per_element(const MapArgs& a, std::int64_t channel, Len len) {
  MapVectors<Vectors> m;
  for (int v = 0; v < Vectors; ++v) {
    m.mean[v] = load(a.mean + channel + v * lanes32, len);
    m.scale[v] = load(a.scale + channel + v * lanes32, len);
    m.shift[v] = load(a.shift + channel + v * lanes32, len);
  }
  m.lo = F32(a.lo);
  m.hi = F32(a.hi);
  return m;
}

// A map of maxima, which is a map of minima where it falls: there inputs and maximum change signs.
template <int Vectors>
struct FlipVectors {
  F32 sign[Vectors];

  POOLNORM_INLINE F32 operator()(int v, F32 x) const { return x ^ sign[v]; }
  // Of the maximum of what this made, in vector v from channel c on. A zero is +0 before the map.
  template <class Len>
  POOLNORM_INLINE F32 result(const MapArgs& a, int v, std::int64_t c, F32 x, Len len) const {
    const std::int64_t at = c + v * lanes32;
    const F32 y = (x ^ sign[v]) + F32(0.0f);
    return clamped((y - load(a.mean + at, len)) * load(a.scale + at, len) + load(a.shift + at, len), F32(a.lo),
                   F32(a.hi));
  }
};
template <int Vectors, class Len>
POOLNORM_INLINE FlipVectors<Vectors> flips_per_element(const MapArgs& a, std::int64_t channel, Len len) {
  FlipVectors<Vectors> f;
  for (int v = 0; v < Vectors; ++v) f.sign[v] = load(a.scale + channel + v * lanes32, len) & F32(-0.0f);
  return f;
}

struct SameMaps {
  static constexpr int vectors = 2;
  const MapArgs& map;
  std::int64_t channel;
  template <int Vectors, class Len>
  POOLNORM_INLINE MapVectors<Vectors> at(std::int64_t, Len) const {
    return same_channel<Vectors>(map, channel);
  }
};
struct ElementMaps {
  static constexpr int vectors = 2;
  const MapArgs& map;
  template <int Vectors, class Len>
  POOLNORM_INLINE MapVectors<Vectors> at(std::int64_t i, Len len) const {
    return channel_per_element<Vectors>(map, i, len);
  }
};

// Vectors at offset i of `count` taps, on top of what dst holds when `more`.
template <int Vectors, class Len>
POOLNORM_INLINE void mapped_block(const float* const* taps, std::int64_t count, std::int64_t i, bool more,
                                  const MapVectors<Vectors>& map, float* dst, Len len) {
  F32 sum[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    const F32 first = map(v, load(taps[0] + i + v * lanes32, len));
    sum[v] = more ? load(dst + v * lanes32, len) + first : first;
  }
  for (std::int64_t t = 1; t < count; ++t) {
    for (int v = 0; v < Vectors; ++v) sum[v] = sum[v] + map(v, load(taps[t] + i + v * lanes32, len));
  }
  for (int v = 0; v < Vectors; ++v) store(dst + v * lanes32, sum[v], len);
}

// A run at offset `at` of every tap. `maps` gives the maps from element i of the run on.
template <class Maps>
POOLNORM_INLINE void mapped_run(const float* const* taps, std::int64_t count, std::int64_t at, std::int64_t width,
                                bool more, float* dst, Maps maps) {
  constexpr int several = Maps::vectors;
  std::int64_t i = 0;
  for (; i + several * lanes32 <= width; i += several * lanes32) {
    mapped_block<several>(taps, count, at + i, more, maps.template at<several>(i, Full{}), dst + i, Full{});
  }
  for (; i + lanes32 <= width; i += lanes32) {
    mapped_block<1>(taps, count, at + i, more, maps.template at<1>(i, Full{}), dst + i, Full{});
  }
  if (i < width) {
    const Part rest{width - i};
    mapped_block<1>(taps, count, at + i, more, maps.template at<1>(i, rest), dst + i, rest);
  }
}

// The column stage of short sums. Many taps are read a few at a time, along all groups of a row, as caches and
// prefetchers like it.
inline bool mapped_columns(const ColumnsArgs& a) {
  constexpr std::int64_t at_once = 8;
  const std::int64_t step = a.tap_count > 2 * at_once ? at_once : a.tap_count;
  const float* const* taps = reinterpret_cast<const float* const*>(a.taps);
  for (std::int64_t p = 0; p < a.planes.count; ++p) {
    for (std::int64_t r = 0; r < a.rows.count; ++r) {
      for (std::int64_t t = 0; t < a.tap_count; t += step) {
        const std::int64_t count = a.tap_count - t < step ? a.tap_count - t : step;
        std::int64_t at = p * a.planes.src + r * a.rows.src;
        float* dst = static_cast<float*>(a.dst) + p * a.planes.dst + r * a.rows.dst;
        for (std::int64_t g = 0; g < a.groups.count; ++g, at += a.groups.src, dst += a.groups.dst) {
          if (a.channel_per_element) {
            mapped_run(taps + t, count, at, a.width, t > 0, dst, ElementMaps{a.map});
          } else {
            mapped_run(taps + t, count, at, a.width, t > 0, dst, SameMaps{a.map, p});
          }
        }
      }
    }
  }
  return false;
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
