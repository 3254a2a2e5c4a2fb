// Moments: the statistics of a set of values, in a form that can be merged. Every norm that takes its
// statistics from its input computes them so, whatever the layout, instruction set and thread count:
//   leaf    g consecutive images of one channel, g the smallest power of two with g * spatial >= 64
//   block   1024 elements of a leaf (the last may be shorter), in the order n, then spatial; each with a
//           shift (its first element) and eight virtual f64 lanes (element i to lane i mod 8), joined
//           ((0+4)+(2+6))+((1+5)+(3+7))
//   tree    the blocks of a leaf, then the leaves, merge in pairs of equal size, as a binary counter
//           carries; what is left at the end merges from the last to the first
// Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
#pragma once

#if defined(POOLNORM_WITHOUT_STATISTICS)
#error "this build of poolnorm has no statistics: POOLNORM_FAMILIES in cmake/README.md"
#endif

#include <cstdint>

#include <poolnorm/export.h>

namespace poolnorm {

struct Moments {
  std::int64_t count = 0;
  double mean = 0;
  double m2 = 0;  // sum of squared distances from the mean

  double variance() const noexcept { return m2 / static_cast<double>(count); }  // biased
};

// Moments of `count` parts as those of the whole, channel by channel: part p occupies parts[p * channels] to
// parts[(p + 1) * channels - 1], parts in the order of the images; out has `channels` values. Parts of 2^k leaves each,
// except for a shorter last one, give the bits of the whole; any other cut gives other bits, but always the same. out
// may be the first part, and overlaps nothing else; no parts give moments
// of count 0. Null is not checked.
POOLNORM_API void merge_moments(const Moments* parts, std::int64_t count, std::int64_t channels, Moments* out) noexcept;

}  // namespace poolnorm
