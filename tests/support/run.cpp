#include "run.hpp"

#include <memory>

#include "check_made.hpp"
#include "reference.hpp"
#include "tensor.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

template <class Desc, class T>
DenseOf<T> run_any_norm(const Desc& desc, const DenseOf<T>& src, const DenseOf<T>* residual, const How& how, Alias alias) {
  Result<NormPlan> plan = NormPlan::make(desc, how.options());
  check_made(plan, how);
  Tensor x(desc.src, how.src);
  x.write(src);
  std::unique_ptr<Tensor> r, own;
  if (residual != nullptr) r = std::make_unique<Tensor>(desc.residual);
  if (r) r->write(*residual);
  Tensor* y = alias == Alias::src ? &x : r.get();
  if (alias == Alias::none) {
    own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
    y = own.get();
  }
  const Workspace workspace(*plan, how.executor);
  const Status status = r ? plan->run(x.bytes(), r->bytes(), y->bytes(), workspace.context())
                          : plan->run(x.bytes(), y->bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y->gaps_untouched());
  CHECK(as_written({&x, r.get()}, {y}));
  CHECK(workspace.surroundings_untouched());
  return y->template read_as<T>();
}

template <class T>
DenseOf<T> run_any_pool(const PoolDesc& desc, const DenseOf<T>& src, const How& how) {
  Result<PoolPlan> plan = PoolPlan::make(desc, how.options());
  check_made(plan, how);
  REQUIRE(dims_of(plan->dst()) == reference::geometry(desc).output_dims(desc.src));
  Tensor x(desc.src, how.src);
  x.write(src);
  const Tensor y(plan->dst(), how.dst);
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(static_cast<const void*>(x.bytes()), y.bytes(), workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y.gaps_untouched());
  CHECK(x.as_written());
  CHECK(workspace.surroundings_untouched());
  return y.read_as<T>();
}

}  // namespace

Dense run_pool(const PoolDesc& desc, const Dense& src, const How& how) {
  return run_any_pool(desc, src, how);
}
Dense64 run_pool(const PoolDesc& desc, const Dense64& src, const How& how) {
  return run_any_pool(desc, src, how);
}

Dense run_norm(const BatchNormDesc& desc, const Dense& src, const Dense* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

Dense run_norm(const ScaleShiftDesc& desc, const Dense& src, const Dense* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

Dense64 run_norm(const BatchNormDesc& desc, const Dense64& src, const Dense64* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

Dense64 run_norm(const ScaleShiftDesc& desc, const Dense64& src, const Dense64* residual, const How& how, Alias alias) {
  return run_any_norm(desc, src, residual, how, alias);
}

template <class T>
ChainOutputsOf<T> run_chain(const ChainDesc& desc, const DenseOf<T>& src, const DenseOf<T>* residual, const How& how,
                            Alias intermediate) {
  Result<ChainPlan> plan = ChainPlan::make(desc, how.options());
  check_made(plan, how);
  const Tensor x(desc.src, src, how.src);
  std::unique_ptr<Tensor> r, own;
  ChainData data;
  data.src = x.bytes();
  if (residual != nullptr) {
    r = std::make_unique<Tensor>(desc.residual, *residual);
    data.residual = r->bytes();
  }
  const bool writes = desc.intermediate.rank != 0;
  if (writes && intermediate == Alias::none) own = std::make_unique<Tensor>(desc.intermediate, how.dst);
  const Tensor& t = own ? *own : intermediate == Alias::residual ? *r : x;
  if (writes) data.intermediate = t.bytes();
  std::vector<std::unique_ptr<Tensor>> y;
  for (int i = 0; i < desc.pool_count; ++i) {
    y.push_back(std::make_unique<Tensor>(plan->dst(i), how.dst));
    data.dst[i] = y.back()->bytes();
  }
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  CHECK(as_written({&x, r.get()}, {writes ? &t : nullptr}));
  ChainOutputsOf<T> out;
  if (writes) {
    CHECK(t.gaps_untouched());
    out.intermediate = t.read_as<T>();
  }
  for (const auto& tensor : y) {
    CHECK(tensor->gaps_untouched());
    out.dst.push_back(tensor->template read_as<T>());
  }
  return out;
}
template ChainOutputsOf<float> run_chain(const ChainDesc&, const Dense&, const Dense*, const How&, Alias);
template ChainOutputsOf<double> run_chain(const ChainDesc&, const Dense64&, const Dense64*, const How&, Alias);

}  // namespace poolnorm::tests
