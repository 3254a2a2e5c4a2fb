// Makes a plan, runs it on guarded memory and checks everything but the values: the status, that the
// ISA asked for is the one that ran, that dst has the reference's dims, that gaps are as they were.
#pragma once

#include <poolnorm/poolnorm.hpp>

#include "dense.hpp"
#include "guarded_buffer.hpp"
#include "isas.hpp"

namespace poolnorm::tests {

// None of this may change a result.
struct How {
  Isa isa = Isa::best;
  Executor executor = serial_executor();
  StorePolicy store = StorePolicy::automatic;
  Placement src, dst;

  PlanOptions options() const { return {isa, store}; }
};

Dense run_pool(const PoolDesc& desc, const Dense& src, const How& how);
Dense64 run_pool(const PoolDesc& desc, const Dense64& src, const How& how);

// Which input an output is: dst, a chain's intermediate.
enum class Alias { none, src, residual };

Dense run_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual, const How& how,
               Alias alias = Alias::none);
Dense run_norm(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual, const How& how,
               Alias alias = Alias::none);
Dense64 run_norm(const BatchNormDesc& desc, const Dense64& src, const Dense64* residual, const How& how,
                 Alias alias = Alias::none);
Dense64 run_norm(const ScaleShiftDesc& desc, const Dense64& src, const Dense64* residual, const How& how,
                 Alias alias = Alias::none);

// What a chain wrote; no intermediate when it has none.
template <class T>
struct ChainOutputsOf {
  DenseOf<T> intermediate;
  std::vector<DenseOf<T>> dst;
};
using ChainOutputs = ChainOutputsOf<float>;

// `intermediate`: what it is. Of float, and of double for f64.
template <class T>
ChainOutputsOf<T> run_chain(const ChainDesc& desc, const DenseOf<T>& src, const DenseOf<T>* residual, const How& how,
                            Alias intermediate = Alias::none);

}  // namespace poolnorm::tests
