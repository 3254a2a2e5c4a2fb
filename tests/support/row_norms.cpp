#include "row_norms.hpp"

#include <cmath>
#include <memory>

#include "check_made.hpp"
#include "compare.hpp"
#include "element.hpp"
#include "guarded_array.hpp"
#include "reference_moments.hpp"
#include "tensor.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

// Normalises `values` with parameter(i) of gamma and beta.
template <class T, class Parameter>
std::vector<T> normalised(ElementType type, const std::vector<T>& values, const Moments& m, float epsilon,
                          const std::vector<T>& gamma, const std::vector<T>& beta, Parameter parameter,
                          NormResultOf<T>& result) {
  const double variance = m.m2 / static_cast<double>(m.count);
  const double invstd = 1 / std::sqrt(variance + static_cast<double>(epsilon));
  const auto high = static_cast<T>(m.mean);
  const auto low = static_cast<T>(m.mean - static_cast<double>(high));
  result.saved_mean.push_back(high);
  result.saved_mean_low.push_back(low);
  result.saved_invstd.push_back(static_cast<T>(invstd));
  std::vector<T> y = values;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::size_t at = parameter(i);
    const auto a = static_cast<T>(gamma.empty() ? invstd : static_cast<double>(gamma[at]) * invstd);
    y[i] = ((y[i] - high) - low) * a;
    if (!beta.empty()) y[i] = y[i] + beta[at];
    y[i] = stored(type, y[i]);
  }
  return y;
}

template <class T>
Moments squares(const std::vector<T>& values) {
  std::vector<Moments> blocks;
  for (std::size_t b = 0; b < values.size(); b += 1024) {
    const std::size_t end = std::min(values.size(), b + 1024);
    double q[8] = {};
    for (std::size_t i = b; i < end; ++i) q[(i - b) % 8] += static_cast<double>(values[i]) * static_cast<double>(values[i]);
    blocks.push_back({static_cast<std::int64_t>(end - b), 0, ((q[0] + q[4]) + (q[2] + q[6])) + ((q[1] + q[5]) + (q[3] + q[7]))});
  }
  return reference::tree(blocks, 0, blocks.size());
}

// What either norm reads and writes beside its tensors.
template <class T>
struct RowArrays {
  GuardedArray<T> gamma, beta, saved_mean, saved_mean_low, saved_invstd;

  template <class Case>
  RowArrays(const Case& c, std::int64_t rows, std::int64_t means, Placement::Edge edge)
      : gamma(c.gamma, edge),
        beta(c.beta, edge),
        saved_mean(static_cast<std::size_t>(means), edge),
        saved_mean_low(saved_mean.size(), edge),
        saved_invstd(static_cast<std::size_t>(rows), edge) {}

  template <class Data>
  void give_to(Data& data) {
    data.gamma = gamma;
    data.beta = beta;
    data.saved_mean = saved_mean;
    data.saved_mean_low = saved_mean_low;
    data.saved_invstd = saved_invstd;
  }
  // The statistics alone.
  NormResultOf<T> read() const {
    for (const auto* a : {&gamma, &beta}) CHECK(a->untouched());
    for (const auto* a : {&saved_mean, &saved_mean_low, &saved_invstd}) CHECK(a->surroundings_untouched());
    NormResultOf<T> result;
    result.saved_mean = saved_mean.read();
    result.saved_mean_low = saved_mean_low.read();
    result.saved_invstd = saved_invstd.read();
    return result;
  }
};

}  // namespace

template <class T>
std::string difference(const NormResultOf<T>& got, const NormResultOf<T>& expected) {
  std::string text = difference(got.y, expected.y);
  if (text.empty() && !expected.sum.dims.empty()) text = difference(got.sum, expected.sum);
  if (text.empty()) text = difference("saved_mean", got.saved_mean, expected.saved_mean);
  if (text.empty()) text = difference("saved_mean_low", got.saved_mean_low, expected.saved_mean_low);
  if (text.empty()) text = difference("saved_invstd", got.saved_invstd, expected.saved_invstd);
  return text;
}

template <class T>
NormResultOf<T> LayerNormCaseOf<T>::expected() const {
  NormResultOf<T> e;
  e.y = x;
  if (desc.residual.rank != 0) {
    for (std::size_t i = 0; i < e.y.values.size(); ++i) {
      e.y.values[i] = stored(desc.src.type, e.y.values[i] + r.values[i]);
    }
  }
  if (desc.sum.rank != 0) e.sum = e.y;
  std::int64_t width = 1;
  for (int i = desc.axis; i < desc.src.rank; ++i) width *= desc.src.dims[i];
  const std::int64_t segment = desc.axis == 1 && desc.src.rank > 2 && width > desc.src.dims[1] ? width / desc.src.dims[1] : width;
  const bool centred = desc.statistics == RowStatistics::mean_and_variance;
  for (auto row = e.y.values.begin(); row != e.y.values.end(); row += width) {
    const std::vector<T> s(row, row + width);
    std::vector<Moments> leaves;
    for (auto leaf = s.begin(); leaf != s.end(); leaf += segment) {
      const std::vector<T> values(leaf, leaf + segment);
      leaves.push_back(centred ? reference::moments(values, segment, 1) : squares(values));
    }
    const Moments m = reference::tree(leaves, 0, leaves.size());
    const auto y = normalised(desc.src.type, s, m, desc.epsilon, gamma, beta, [](std::size_t i) { return i; }, e);
    std::copy(y.begin(), y.end(), row);
  }
  if (!centred) {
    e.saved_mean.clear();
    e.saved_mean_low.clear();
  }
  return e;
}

template <class T>
NormResultOf<T> GroupNormCaseOf<T>::expected() const {
  NormResultOf<T> e;
  e.y = x;
  const std::int64_t group = desc.src.dims[1] / desc.groups;
  const std::int64_t spatial = product(x.dims) / (x.dims[0] * x.dims[1]), size = group * spatial;
  std::int64_t index = 0;
  for (auto at = e.y.values.begin(); at != e.y.values.end(); at += size, ++index) {
    const std::vector<T> s(at, at + size);
    const Moments m = reference::moments(s, spatial == 1 ? size : spatial, 1);
    const std::size_t first = index % desc.groups * group;
    const auto channel = [&](std::size_t i) { return first + i / spatial; };
    const auto y = normalised(desc.src.type, s, m, desc.epsilon, gamma, beta, channel, e);
    std::copy(y.begin(), y.end(), at);
  }
  return e;
}

template <class T>
NormResultOf<T> LayerNormCaseOf<T>::run(const How& how, Alias alias, Alias sum_alias) const {
  Result<LayerNormPlan> plan = LayerNormPlan::make(desc, how.options());
  check_made(plan, how);
  Tensor src(desc.src, x, how.src);
  std::unique_ptr<Tensor> residual, own, own_sum;
  if (desc.residual.rank != 0) residual = std::make_unique<Tensor>(desc.residual, r);
  if (desc.sum.rank != 0 && sum_alias == Alias::none) own_sum = std::make_unique<Tensor>(desc.sum);
  const Tensor* const sum = sum_alias == Alias::src        ? &src
                            : sum_alias == Alias::residual ? residual.get()
                                                           : own_sum.get();
  Tensor* y = alias == Alias::src ? &src : residual.get();
  if (alias == Alias::none) {
    own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
    y = own.get();
  }
  std::int64_t rows = 1;
  for (int i = 0; i < desc.axis; ++i) rows *= desc.src.dims[i];
  LayerNormData data;
  RowArrays<T> arrays(*this, rows, desc.statistics == RowStatistics::mean_and_variance ? rows : 0, how.src.edge);
  arrays.give_to(data);
  data.src = src.bytes();
  data.residual = residual ? residual->bytes() : nullptr;
  data.sum = sum ? sum->bytes() : nullptr;
  data.dst = y->bytes();
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y->gaps_untouched());
  CHECK(as_written({&src, residual.get()}, {y, sum}));
  CHECK(workspace.surroundings_untouched());
  NormResultOf<T> result = arrays.read();
  result.y = y->template read_as<T>();
  if (sum) {
    CHECK(sum->gaps_untouched());
    result.sum = sum->template read_as<T>();
  }
  return result;
}

template <class T>
NormResultOf<T> GroupNormCaseOf<T>::run(const How& how, Alias alias) const {
  Result<GroupNormPlan> plan = GroupNormPlan::make(desc, how.options());
  check_made(plan, how);
  Tensor src(desc.src, x, how.src);
  std::unique_ptr<Tensor> own;
  if (alias == Alias::none) own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
  Tensor& y = own ? *own : src;
  const std::int64_t groups = desc.src.dims[0] * desc.groups;
  RowArrays<T> arrays(*this, groups, groups, how.src.edge);
  GroupNormData data;
  arrays.give_to(data);
  data.src = src.bytes();
  data.dst = y.bytes();
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(y.gaps_untouched());
  CHECK(as_written({&src}, {&y}));
  CHECK(workspace.surroundings_untouched());
  NormResultOf<T> result = arrays.read();
  result.y = y.template read_as<T>();
  return result;
}

template std::string difference(const NormResultOf<float>&, const NormResultOf<float>&);
template struct LayerNormCaseOf<float>;
template struct GroupNormCaseOf<float>;
template std::string difference(const NormResultOf<double>&, const NormResultOf<double>&);
template struct LayerNormCaseOf<double>;
template struct GroupNormCaseOf<double>;

}  // namespace poolnorm::tests
