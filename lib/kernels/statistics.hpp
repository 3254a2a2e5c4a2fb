// The table of statistics of one element type.
#pragma once

#include "kernels/moments.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {

template <class Len>
POOLNORM_INLINE void merge_moments_at(const MergeArgs& a, F64 share, F64 spread, std::int64_t c, Len len) {
  const F64 mean = load(a.mean + c, len), d = load(a.mean_b + c, len) - mean;
  store(a.mean + c, mean + d * share, len);
  store(a.m2 + c, (load(a.m2 + c, len) + load(a.m2_b + c, len)) + (d * d) * spread, len);
}

inline void merge_moments(const MergeArgs& a) {
  const F64 share(a.share), spread(a.spread);
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) merge_moments_at(a, share, spread, c, Full{});
  if (c < a.width) merge_moments_at(a, share, spread, c, Part{a.width - c});
}

template <class Format>
constexpr MomentsKernels moments_of() {
  return {all_blocks<MomentTerms, Format>, add_pixels<MomentTerms, Format>, join_lanes<MomentTerms, Format>,
          merge_moments, all_blocks<SquareTerms, Format>};
}

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
