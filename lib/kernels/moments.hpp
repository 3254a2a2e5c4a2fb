// Moments of blocks: along contiguous elements, and along the channels of pixels. Both give each
// virtual lane the same elements in the same order.
#pragma once

#include "kernels/moments_table.hpp"
#include "simd/length.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

constexpr int lanes_of_block = static_cast<int>(virtual_lanes);
constexpr int vectors_of_lanes = lanes_of_block / static_cast<int>(lanes64);
// Blocks side by side: one of them is a chain of additions, each waiting for the one before.
constexpr int blocks_at_once = vectors_of_lanes == 1 ? 2 : 1;

POOLNORM_INLINE F64 widen_load(const float* p, Full) { return widen_load(p); }
POOLNORM_INLINE F64 widen_load(const float* p, Part len) { return widen_load_n(p, len.n); }

// Floats of a cache line.
constexpr std::int64_t line32 = 16;

POOLNORM_INLINE void prefetch(const float* p) {
#if defined(__GNUC__)
  __builtin_prefetch(p);
#else
  static_cast<void>(p);
#endif
}

POOLNORM_INLINE double joined(const double* l) {
  return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
}

template <bool Centred>
struct LaneSums {
  F64 shift;
  F64 s[vectors_of_lanes], q[vectors_of_lanes];

  POOLNORM_INLINE void begin(const float* first) {
    shift = F64(Centred ? static_cast<double>(*first) : 0.0);
    for (int v = 0; v < vectors_of_lanes; ++v) s[v] = q[v] = F64(0.0);
  }
  POOLNORM_INLINE void add(const float* x) {
    for (int v = 0; v < vectors_of_lanes; ++v) {
      F64 d = widen_load(x + v * lanes64);
      if constexpr (Centred) {
        d = d - shift;
        s[v] = s[v] + d;
      }
      q[v] = q[v] + d * d;
    }
  }
  // The last n < 8 elements. In their place behind the end, the shift adds 0.
  POOLNORM_INLINE void add_tail(const float* first, const float* x, std::int64_t n) {
    float last[lanes_of_block];
    for (int i = 0; i < lanes_of_block; ++i) last[i] = i < n ? x[i] : Centred ? *first : 0.0f;
    add(last);
  }
  POOLNORM_INLINE double sum() const { return joined_vectors(s); }
  POOLNORM_INLINE double squares() const { return joined_vectors(q); }

 private:
  POOLNORM_INLINE static double joined_vectors(const F64 (&v)[vectors_of_lanes]) {
    double lane[lanes_of_block];
    for (int i = 0; i < vectors_of_lanes; ++i) store(lane + i * lanes64, v[i]);
    return joined(lane);
  }
};

template <int Blocks, bool Centred>
void sum_blocks(const float* x, std::int64_t size, std::int64_t ahead, double* mean, double* m2) {
  LaneSums<Centred> sums[Blocks];
  for (int b = 0; b < Blocks; ++b) sums[b].begin(x + b * size);
  std::int64_t i = 0;
  for (; i + virtual_lanes <= size; i += virtual_lanes) {
    for (int b = 0; b < Blocks; ++b) {
      prefetch(x + b * size + i + ahead);
      sums[b].add(x + b * size + i);
    }
  }
  for (int b = 0; b < Blocks; ++b) {
    const float* block = x + b * size;
    if (i < size) sums[b].add_tail(block, block + i, size - i);
    if constexpr (Centred) {
      const double s = sums[b].sum(), part = s / static_cast<double>(size);
      mean[b] = static_cast<double>(*block) + part;
      m2[b] = sums[b].squares() - s * part;
    } else {
      mean[b] = 0.0;
      m2[b] = sums[b].squares();
    }
  }
}

template <bool Centred>
POOLNORM_INLINE void all_blocks(const BlocksArgs& a) {
  const float* x = static_cast<const float*>(a.src);
  std::int64_t b = 0;
  if constexpr (blocks_at_once > 1) {
    for (; b + blocks_at_once <= a.blocks; b += blocks_at_once) {
      sum_blocks<blocks_at_once, Centred>(x + b * a.size, a.size, a.ahead, a.mean + b, a.m2 + b);
    }
  }
  for (; b < a.blocks; ++b) sum_blocks<1, Centred>(x + b * a.size, a.size, a.ahead, a.mean + b, a.m2 + b);
}

// Lanes [lane, lane + Lanes) of `groups` times eight pixels, one vector of channels.
// `ahead`: elements to what is fetched meanwhile, or 0.
template <int Lanes, bool Fetch, class Len>
POOLNORM_INLINE void add_groups(const PixelsArgs& a, const float* x, std::int64_t groups, int lane, std::int64_t c,
                                Len len, std::int64_t ahead = 0) {
  double* const at = a.lanes + lane * a.pitch + c;
  const F64 shift = widen_load(static_cast<const float*>(a.shift) + c, len);
  F64 s[Lanes], q[Lanes];
  for (int l = 0; l < Lanes; ++l) {
    s[l] = load(at + l * a.pitch, len);
    q[l] = load(at + (virtual_lanes + l) * a.pitch, len);
  }
  x += lane * a.step + c;
  for (std::int64_t g = 0; g < groups; ++g, x += virtual_lanes * a.step) {
    for (int l = 0; l < Lanes; ++l) {
      if constexpr (Fetch) prefetch(x + l * a.step + ahead);
      const F64 d = widen_load(x + l * a.step, len) - shift;
      s[l] = s[l] + d;
      q[l] = q[l] + d * d;
    }
  }
  for (int l = 0; l < Lanes; ++l) {
    store(at + l * a.pitch, s[l], len);
    store(at + (virtual_lanes + l) * a.pitch, q[l], len);
  }
}

// As many lanes at once as the registers hold sums of.
constexpr int lanes_at_once = few_registers ? 4 : 8;

template <bool Fetch, class Len>
POOLNORM_INLINE void add_all_lanes(const PixelsArgs& a, const float* x, std::int64_t groups, std::int64_t c, Len len,
                                   std::int64_t ahead = 0) {
  for (int lane = 0; lane < lanes_of_block; lane += lanes_at_once) {
    add_groups<lanes_at_once, Fetch>(a, x, groups, lane, c, len, ahead);
  }
}

POOLNORM_INLINE void add_pixel(const PixelsArgs& a, const float* x, int lane) {
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) add_groups<1, false>(a, x - lane * a.step, 1, lane, c, Full{});
  if (c < a.width) add_groups<1, false>(a, x - lane * a.step, 1, lane, c, Part{a.width - c});
}

POOLNORM_INLINE void add_pixels(const PixelsArgs& a) {
  // Pixels whose channels are visited vector by vector, small enough for the second-level cache.
  constexpr std::int64_t tile_bytes = 64 * 1024;
  const float* x = static_cast<const float*>(a.src);
  std::int64_t left = a.count;
  int lane = static_cast<int>(a.first_lane);
  for (; left > 0 && lane % lanes_of_block != 0; --left, ++lane, x += a.step) add_pixel(a, x, lane);
  const std::int64_t fit = tile_bytes / 4 / virtual_lanes / a.width, tile = fit < 2 ? 2 : fit;
  for (std::int64_t groups = left / virtual_lanes; groups > 0;) {
    const std::int64_t now = groups < tile ? groups : tile;
    const std::int64_t next = now * virtual_lanes * a.step;
    std::int64_t c = 0;
    for (; c + lanes64 <= a.width; c += lanes64) {
      // The next tile, a line at a time: its rows are too far apart for the hardware to foresee.
      if (c % line32 == 0) {
        add_all_lanes<true>(a, x, now, c, Full{}, next);
      } else {
        add_all_lanes<false>(a, x, now, c, Full{});
      }
    }
    if (c < a.width) add_all_lanes<false>(a, x, now, c, Part{a.width - c});
    x += next;
    groups -= now;
  }
  for (lane = 0; lane < left % virtual_lanes; ++lane, x += a.step) add_pixel(a, x, lane);
}

template <class Len>
POOLNORM_INLINE void join_lanes(const JoinArgs& a, F64 count, std::int64_t c, Len len) {
  const auto joined_at = [&](const double* from) POOLNORM_INLINE_LAMBDA {
    F64 l[lanes_of_block];
    for (int i = 0; i < lanes_of_block; ++i) l[i] = load(from + i * a.pitch + c, len);
    return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]));
  };
  const F64 s = joined_at(a.lanes), q = joined_at(a.lanes + virtual_lanes * a.pitch), part = s / count;
  store(a.mean + c, widen_load(static_cast<const float*>(a.shift) + c, len) + part, len);
  store(a.m2 + c, q - s * part, len);
}

template <class Len>
POOLNORM_INLINE void merge_at(const MergeArgs& a, F64 share, F64 spread, std::int64_t c, Len len) {
  const F64 mean = load(a.mean + c, len), d = load(a.mean_b + c, len) - mean;
  store(a.mean + c, mean + d * share, len);
  store(a.m2 + c, (load(a.m2 + c, len) + load(a.m2_b + c, len)) + (d * d) * spread, len);
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
