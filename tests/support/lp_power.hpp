// Lp pooling of powers other than 1, 2 and infinity, and its gradient: what both are tried on.
#pragma once

#include "cases.hpp"

namespace poolnorm::tests {

inline constexpr double other_powers[] = {0.5, 1.5, 3, 7.3};

inline PoolDesc raised(double p, PoolDesc desc) {
  desc.op = PoolOp::lp;
  desc.p = p;
  return desc;
}

// f(pooling) of every kind of window.
template <class F>
void each_kind_of_window(F f) {
  for (std::int64_t c : {1, 3, 19}) {
    const TensorDesc src = nchw({2, c, 9, 11});
    f(pool_desc(PoolOp::lp, src, Window(3, 2, 1)));
    f(pool_desc(PoolOp::lp, src, Window(3, 1, 1)));
    f(pool_desc(PoolOp::lp, src, Window(2, 3, 1, 2)));
    f(adaptive_desc(PoolOp::lp, src, {4, 7}));
    f(global_desc(PoolOp::lp, src));
  }
  f(pool_desc(PoolOp::lp, nchw({1, 2, 20, 70}), Window(9, 4, 4)));
  f(pool_desc(PoolOp::lp, nchw({1, 5, 70}), Window(4, 3, 2)));
  f(pool_desc(PoolOp::lp, nchw({2, 9, 5, 6, 7}), Window(3, 2, 1)));
  f(pool_desc(PoolOp::lp, nchw({1, 2, 70, 1}), Window({5, 1}, {1, 1})));
  static const std::vector<std::int64_t> starts = {0, 2, 2, 5};
  f(listed_desc(PoolOp::lp, nchw({2, 3, 9, 9}), 3, starts));
}

}  // namespace poolnorm::tests
