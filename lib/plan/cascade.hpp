// A max of maxima sees every input of theirs, though it looks at a few of them only.
#pragma once

#include "plan/pool_geometry.hpp"

namespace poolnorm {

// Thins out the taps of `pool`, which pools the output of `of`: where windows of `of` overlap, every d-th
// is enough. Pool 9 = pool 5 of pool 5 then looks at 3 x 3 elements, not 5 x 5. Exact for max and min:
// `dense` says along which axes the taps of `of` were next to each other as described; it becomes that of
// `pool`.
void thin_out(const PoolGeometry& of, bool (&dense)[max_spatial_rank], PoolGeometry& pool) noexcept;

// Of a pool as described.
void find_dense(const PoolGeometry& pool, bool (&dense)[max_spatial_rank]) noexcept;

}  // namespace poolnorm
