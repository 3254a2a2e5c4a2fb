// The table of statistics of one ISA.
#include "kernels/moments.hpp"

namespace poolnorm::POOLNORM_KERNEL_ISA {
namespace {

void blocks(const BlocksArgs& a) { all_blocks<true>(a); }

void squares(const BlocksArgs& a) { all_blocks<false>(a); }

void pixels(const PixelsArgs& a) { add_pixels(a); }

void join(const JoinArgs& a) {
  const F64 count(static_cast<double>(a.count));
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) join_lanes(a, count, c, Full{});
  if (c < a.width) join_lanes(a, count, c, Part{a.width - c});
}

void merge(const MergeArgs& a) {
  const F64 share(a.share), spread(a.spread);
  std::int64_t c = 0;
  for (; c + lanes64 <= a.width; c += lanes64) merge_at(a, share, spread, c, Full{});
  if (c < a.width) merge_at(a, share, spread, c, Part{a.width - c});
}

}  // namespace

extern const MomentsKernels moments_kernels;
constexpr MomentsKernels moments_kernels{blocks, pixels, join, merge, squares};

}  // namespace poolnorm::POOLNORM_KERNEL_ISA
