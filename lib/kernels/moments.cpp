// The table of statistics of one ISA.
#include "kernels/moments.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

template <class Len>
POOLNORM_INLINE void merge_at(const MergeArgs& a, F64 share, F64 spread, std::int64_t c, Len len) {
  const F64 mean = load(a.mean + c, len), d = load(a.mean_b + c, len) - mean;
  store(a.mean + c, mean + d * share, len);
  store(a.m2 + c, (load(a.m2 + c, len) + load(a.m2_b + c, len)) + (d * d) * spread, len);
}

void merge(const MergeArgs& a) {
  const F64 share(a.share), spread(a.spread);
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) merge_at(a, share, spread, c, Full{});
  if (c < a.width) merge_at(a, share, spread, c, Part{a.width - c});
}

}  // namespace

extern const MomentsKernels moments_kernels;
constexpr MomentsKernels moments_kernels{all_blocks<MomentTerms>, add_pixels<MomentTerms>, join_lanes<MomentTerms>,
                                         merge, all_blocks<SquareTerms>};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
