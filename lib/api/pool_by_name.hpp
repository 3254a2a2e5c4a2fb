// What the poolings by name ask for.
#pragma once

#include <poolnorm/pool.hpp>

namespace poolnorm {

inline PoolDesc sliding(PoolOp op, const TensorDesc& src, const Window& window, Divisor divisor = Divisor::padded,
                        double p = 2) noexcept {
  PoolDesc d;
  d.op = op;
  d.src = src;
  d.window = window;
  d.divisor = divisor;
  d.p = p;
  return d;
}

inline PoolDesc adaptive(PoolOp op, const TensorDesc& src, const Spatial& output) noexcept {
  PoolDesc d;
  d.op = op;
  d.kind = PoolKind::adaptive;
  d.src = src;
  d.output = output;
  return d;
}

inline PoolDesc global(PoolOp op, const TensorDesc& src, double p = 2) noexcept {
  PoolDesc d;
  d.op = op;
  d.kind = PoolKind::global;
  d.src = src;
  d.p = p;
  return d;
}

}  // namespace poolnorm
