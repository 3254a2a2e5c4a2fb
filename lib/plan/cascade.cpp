#include "plan/cascade.hpp"

#include <algorithm>

namespace poolnorm {
namespace {

// Windows of `of`, d apart, leave no gap between them; where the first or last d - 1 of them are missing, the next one
// still reaches the end of the input; and where all of them are looked at, one of them is every d-th.
// Of the first few thousand: they are tried one by one.
std::int64_t largest_step(const Axis& of, std::int64_t kernel) noexcept {
  constexpr std::int64_t tried = 4096;
  const std::int64_t most = std::min({of.extent(), of.pad_begin + 1, of.extent() - of.pad_begin, of.out, tried});
  for (std::int64_t d = std::min(most, kernel - 1); d > 1; --d) {
    if ((kernel - 1) % d == 0) return d;
  }
  return 1;
}

}  // namespace

void find_dense(const PoolGeometry& pool, bool (&dense)[max_spatial_rank]) noexcept {
  for (int i = 0; i < max_spatial_rank; ++i) dense[i] = !pool.axis[i].adaptive && pool.axis[i].dilation == 1;
}

void thin_out(const PoolGeometry& of, bool (&dense)[max_spatial_rank], PoolGeometry& pool) noexcept {
  bool described[max_spatial_rank];
  find_dense(pool, described);
  for (int i = 0; i < max_spatial_rank; ++i) {
    const Axis& q = of.axis[i];
    Axis& a = pool.axis[i];
    const bool same_size = q.stride == 1 && q.out == q.in;
    if (!of.picks() || pool.op != of.op || !dense[i] || !described[i] || !same_size) continue;
    a.dilation = largest_step(q, a.kernel);
    a.kernel = (a.kernel - 1) / a.dilation + 1;
  }
  std::copy(described, described + max_spatial_rank, dense);
}

}  // namespace poolnorm
