// A training chain as a case: a norm in training and the pool behind it, what the operations one by one make of them
// and of the pool's gradient, and runs on guarded memory.
#pragma once

#include <poolnorm/training_chain.hpp>

#include "backward.hpp"
#include "pool_indices.hpp"
#include "training.hpp"

namespace poolnorm::tests {

// T: float, which elements of f16 and bf16 are read as, or double.
template <class T>
struct TrainingChainResultOf {
  TrainingResultOf<T> norm;  // y, which is t, only where the chain writes it
  DenseOf<T> pooled;
  Indices indices;
  DenseOf<T> t;  // what was pooled: of expected(), for the way back
};

template <class T>
struct TrainingChainGradientsOf {
  BackwardResultOf<T> norm;
  std::int64_t skipped = 0;
};

template <class T>
struct TrainingChainCaseOf {
  TrainingCaseOf<T> norm;  // its dst is t
  PoolDesc pool;           // without src
  bool with_indices = false;
  TensorDesc indices;
  IndexType index_type = IndexType::i64;

  // Back: the gradient of the pool's dst, and where it goes.
  DenseOf<T> dy;
  TensorDesc grad_src, grad_residual;
  bool training = true;

  TrainingChainDesc desc() const { return {norm.desc, pool, with_indices, indices, index_type}; }
  TrainingChainBackwardDesc backward_desc() const;
  bool reads_t() const { return pool.op == PoolOp::lp; }
  bool reads_dst() const { return reads_t() && pool.p != 1; }
  bool has_gradient() const {
    return with_indices || pool.op == PoolOp::average || (reads_t() && (pool.p == 1 || pool.p == 2));
  }

  TrainingChainResultOf<T> expected() const;
  TrainingChainResultOf<T> run(const How& how, Alias alias = Alias::none) const;
  // Of what a forward run gave; indices may be others.
  TrainingChainGradientsOf<T> expected_gradients(const TrainingChainResultOf<T>& forward) const;
  TrainingChainGradientsOf<T> run_back(const TrainingChainResultOf<T>& forward, const How& how) const;
};

using TrainingChainCase = TrainingChainCaseOf<float>;

// With parameters, running statistics and a gradient of the pool's dst.
template <class T>
TrainingChainCaseOf<T> training_chain_case(const TensorDesc& src, const PoolDesc& pool, const DenseOf<T>& x,
                                           std::uint64_t seed = 1);

// "" when all of it has the same bits.
template <class T>
std::string difference(const TrainingChainResultOf<T>& got, const TrainingChainResultOf<T>& expected);
template <class T>
std::string difference(const TrainingChainGradientsOf<T>& got, const TrainingChainGradientsOf<T>& expected);

// Forward and, where there is a gradient, back, on every ISA.
template <class T>
void check_training_chain(const TrainingChainCaseOf<T>& c, How how = {}, Alias alias = Alias::none);

}  // namespace poolnorm::tests
