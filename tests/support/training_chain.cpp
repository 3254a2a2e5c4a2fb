#include "training_chain.hpp"

#include <memory>

#include "check_made.hpp"
#include "compare.hpp"
#include "index_tensor.hpp"
#include "reference.hpp"
#include "relu_mask.hpp"
#include "tensor.hpp"
#include "training_arrays.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

template <class T>
PoolDesc pool_of_t(const TrainingChainCaseOf<T>& c) {
  PoolDesc pool = c.pool;
  pool.src = c.norm.desc.dst.rank == 0 ? c.norm.desc.src : c.norm.desc.dst;
  return pool;
}

template <class T>
std::vector<T> value_or(const std::vector<T>& values, std::size_t size, T otherwise) {
  return values.empty() ? std::vector<T>(size, otherwise) : values;
}

// The dims of the pool's dst.
template <class T>
std::vector<std::int64_t> dims_behind(const TrainingChainCaseOf<T>& c) {
  const PoolDesc pool = pool_of_t(c);
  return reference::geometry(pool).output_dims(pool.src);
}

}  // namespace

template <class T>
TrainingChainBackwardDesc TrainingChainCaseOf<T>::backward_desc() const {
  TrainingChainBackwardDesc d;
  d.norm.src = norm.desc.src;
  d.norm.grad_src = grad_src;
  d.norm.grad_residual = grad_residual;
  d.norm.training = training;
  d.norm.epsilon = norm.desc.epsilon;
  d.norm.mask = norm.desc.mask;
  d.pool = pool;
  d.with_indices = with_indices;
  d.indices = indices;
  d.index_type = index_type;
  return d;
}

template <class T>
TrainingChainCaseOf<T> training_chain_case(const TensorDesc& src, const PoolDesc& pool, const DenseOf<T>& x,
                                           std::uint64_t seed) {
  TrainingChainCaseOf<T> c;
  c.norm = training_case(src, x, seed);
  c.pool = pool;
  c.pool.src = {};
  if (pool.op == PoolOp::max) c.with_indices = true;
  c.dy = normal_elements<T>(src.type, dims_behind(c), 0.1, 1, seed + 100);
  return c;
}

template <class T>
TrainingChainResultOf<T> TrainingChainCaseOf<T>::expected() const {
  TrainingChainResultOf<T> e;
  e.norm = norm.expected();
  if (with_indices) {
    auto both = reference::max_indices({pool_of_t(*this), {}, index_type}, e.norm.y);
    e.pooled = std::move(both.dst);
    e.indices = std::move(both.indices);
  } else {
    e.pooled = reference::pool(pool_of_t(*this), e.norm.y);
  }
  e.t = e.norm.y;
  if (norm.desc.dst.rank == 0) e.norm.y = {};
  return e;
}

template <class T>
TrainingChainResultOf<T> TrainingChainCaseOf<T>::run(const How& how, Alias alias) const {
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(desc(), how.options());
  check_made(plan, how);
  Tensor src(norm.desc.src, norm.x, how.src), pooled(plan->dst(), how.dst);
  std::unique_ptr<Tensor> residual, own;
  std::unique_ptr<IndexTensor> places;
  if (norm.desc.residual.rank != 0) residual = std::make_unique<Tensor>(norm.desc.residual, norm.r);
  if (norm.desc.dst.rank != 0 && alias == Alias::none) own = std::make_unique<Tensor>(norm.desc.dst, how.dst);
  Tensor* const t = alias == Alias::src ? &src : alias == Alias::residual ? residual.get() : own.get();
  if (with_indices) places = std::make_unique<IndexTensor>(plan->indices(), index_type);
  TrainingArrays<T> arrays(norm, plan->mask_bytes(), how.src.edge);
  TrainingChainData data;
  arrays.give_to(data.norm);
  data.norm.src = src.bytes();
  data.norm.residual = residual ? residual->bytes() : nullptr;
  data.norm.dst = t != nullptr ? t->bytes() : nullptr;
  data.dst = pooled.bytes();
  data.indices = places ? places->data() : nullptr;
  const Workspace workspace(plan.value, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  CHECK(pooled.gaps_untouched());
  CHECK(as_written({&src, residual.get()}, {t}));
  TrainingChainResultOf<T> r;
  r.norm = arrays.read(norm.desc);
  r.pooled = pooled.template read_as<T>();
  if (t != nullptr) {
    CHECK(t->gaps_untouched());
    r.norm.y = t->template read_as<T>();
  }
  if (places) {
    CHECK(places->gaps_untouched());
    r.indices = places->read();
  }
  return r;
}

template <class T>
TrainingChainGradientsOf<T> TrainingChainCaseOf<T>::expected_gradients(const TrainingChainResultOf<T>& f) const {
  TrainingChainGradientsOf<T> e;
  BackwardCaseOf<T> back;
  back.src = norm.desc.src;
  back.grad_residual = grad_residual;
  back.training = training;
  back.epsilon = norm.desc.epsilon;
  back.passed = f.norm.passed;
  back.x = norm.x;
  const PoolDesc pool_desc = pool_of_t(*this);
  back.dy = with_indices ? reference::scatter({pool_desc, {}, index_type}, true, dy, f.indices, e.skipped)
            : reads_t()  ? reference::lp_backward(pool_desc, f.t, f.pooled, dy)
                         : reference::average_backward(pool_desc, dy);
  back.gamma = norm.gamma;
  back.mean = f.norm.saved_mean;
  back.mean_low = f.norm.saved_mean_low;
  back.invstd = f.norm.saved_invstd;
  back.variance = value_or(norm.running_variance, back.mean.size(), T(1));
  e.norm = back.expected();
  return e;
}

template <class T>
TrainingChainGradientsOf<T> TrainingChainCaseOf<T>::run_back(const TrainingChainResultOf<T>& f, const How& how) const {
  const Result<TrainingChainBackwardPlan> plan = TrainingChainBackwardPlan::make(backward_desc(), how.options());
  check_made(plan, how);
  const Result<TrainingChainPlan> forward = TrainingChainPlan::make(desc());
  check_made(forward, {});
  const Tensor src(norm.desc.src, norm.x, how.src), gradient(forward->dst(), dy);
  const TensorDesc& to = grad_src.rank == 0 ? norm.desc.src : grad_src;
  const Tensor result(to, how.dst);
  std::unique_ptr<Tensor> residual, t, pooled;
  std::unique_ptr<IndexTensor> places;
  if (grad_residual.rank != 0) residual = std::make_unique<Tensor>(grad_residual);
  if (reads_t()) t = std::make_unique<Tensor>(residual ? grad_residual : to, f.t, how.src);
  if (reads_dst()) pooled = std::make_unique<Tensor>(forward->dst(), f.pooled, how.src);
  if (with_indices) {
    places = std::make_unique<IndexTensor>(forward->indices(), index_type);
    places->write(f.indices);
  }
  const auto channels = static_cast<std::size_t>(norm.desc.src.dims[1]);
  const Placement::Edge edge = how.src.edge;
  const GuardedArray<std::uint8_t> mask(
      norm.desc.mask ? pack_mask(f.norm.passed, norm.desc.src) : std::vector<std::uint8_t>{}, edge);
  const GuardedArray<T> gamma(norm.gamma, edge), mean(f.norm.saved_mean, edge), mean_low(f.norm.saved_mean_low, edge),
      invstd(f.norm.saved_invstd, edge), variance(value_or(norm.running_variance, channels, T(1)), edge);
  GuardedArray<T> grad_gamma(channels, edge), grad_beta(channels, edge);
  TrainingChainGradientsOf<T> got;
  TrainingChainBackwardData data;
  data.norm.src = src.bytes();
  data.norm.grad_src = result.bytes();
  data.norm.grad_residual = residual ? residual->bytes() : nullptr;
  data.norm.mask = norm.desc.mask ? mask.data() : nullptr;
  data.norm.gamma = gamma;
  data.norm.mean = mean;
  data.norm.mean_low = mean_low;
  data.norm.invstd = invstd;
  data.norm.variance = variance;
  data.norm.grad_gamma = grad_gamma;
  data.norm.grad_beta = grad_beta;
  data.grad_dst = gradient.bytes();
  data.indices = places ? places->data() : nullptr;
  if (t) data.t = t->bytes();
  if (pooled) data.dst = pooled->bytes();
  const Workspace workspace(plan.value, how.executor);
  const Status status = plan->run(data, workspace.context(), &got.skipped);
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  CHECK(result.gaps_untouched());
  CHECK(as_written({&src, &gradient, t.get(), pooled.get()}));
  for (const auto* input : {&gamma, &mean, &mean_low, &invstd, &variance}) CHECK(input->untouched());
  CHECK(mask.untouched());
  if (places) CHECK(places->as_written());
  CHECK(grad_gamma.surroundings_untouched());
  CHECK(grad_beta.surroundings_untouched());
  got.norm.grad_gamma = grad_gamma.read();
  got.norm.grad_beta = grad_beta.read();
  got.norm.grad_src = result.template read_as<T>();
  if (residual) {
    CHECK(residual->gaps_untouched());
    got.norm.grad_residual = residual->template read_as<T>();
  }
  return got;
}

template <class T>
std::string difference(const TrainingChainResultOf<T>& got, const TrainingChainResultOf<T>& expected) {
  std::string text = difference(got.norm, expected.norm);
  if (text.empty()) text = difference(got.pooled, expected.pooled);
  return text.empty() ? difference(got.indices, expected.indices) : text;
}

template <class T>
std::string difference(const TrainingChainGradientsOf<T>& got, const TrainingChainGradientsOf<T>& expected) {
  const std::string text = difference(got.norm, expected.norm);
  return text.empty() && got.skipped != expected.skipped ? "skipped differs" : text;
}

template <class T>
void check_training_chain(const TrainingChainCaseOf<T>& c, How how, Alias alias) {
  const TrainingChainResultOf<T> expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, alias), expected) == "");
    if (c.has_gradient()) CHECK(difference(c.run_back(expected, how), c.expected_gradients(expected)) == "");
  });
}

template struct TrainingChainCaseOf<float>;
template TrainingChainCaseOf<float> training_chain_case(const TensorDesc&, const PoolDesc&, const DenseOf<float>&,
                                                        std::uint64_t);
template std::string difference(const TrainingChainResultOf<float>&, const TrainingChainResultOf<float>&);
template std::string difference(const TrainingChainGradientsOf<float>&, const TrainingChainGradientsOf<float>&);
template void check_training_chain(const TrainingChainCaseOf<float>&, How, Alias);
template struct TrainingChainCaseOf<double>;
template TrainingChainCaseOf<double> training_chain_case(const TensorDesc&, const PoolDesc&, const DenseOf<double>&,
                                                         std::uint64_t);
template std::string difference(const TrainingChainResultOf<double>&, const TrainingChainResultOf<double>&);
template std::string difference(const TrainingChainGradientsOf<double>&, const TrainingChainGradientsOf<double>&);
template void check_training_chain(const TrainingChainCaseOf<double>&, How, Alias);

}  // namespace poolnorm::tests
