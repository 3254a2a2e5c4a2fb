#include "backward.hpp"

#include <cmath>
#include <memory>

#include "compare.hpp"
#include "element.hpp"
#include "guarded_array.hpp"
#include "reference_moments.hpp"
#include "relu_mask.hpp"
#include "tensor.hpp"
#include "training.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

template <class Plan, class Data>
void run_plan(const Plan& plan, const Data& data, const How& how) {
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(plan, how.isa)), explain(plan));
  const Workspace workspace(plan, how.executor);
  const Status status = plan.run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
}

}  // namespace

template <class T>
std::string difference(const BackwardResultOf<T>& got, const BackwardResultOf<T>& expected) {
  std::string text = difference(got.grad_src, expected.grad_src);
  if (text.empty() && !expected.grad_residual.dims.empty()) text = difference(got.grad_residual, expected.grad_residual);
  if (text.empty()) text = difference("grad_gamma", got.grad_gamma, expected.grad_gamma);
  if (text.empty()) text = difference("grad_beta", got.grad_beta, expected.grad_beta);
  return text;
}

template <class T>
BackwardCaseOf<T> backward_case(const TensorDesc& src, const DenseOf<T>& x, std::int64_t groups, std::uint64_t seed) {
  Random random(seed);
  BackwardCaseOf<T> c;
  c.src = src;
  c.groups = groups;
  c.x = x;
  c.dy = normal_elements<T>(src.type, x.dims, 0.1, 1, seed + 100);
  c.gamma = make_parameter<T>(src.dims[1], -2, 2, random);
  const std::int64_t n = x.dims[0], channels = x.dims[1], spatial = product(x.dims) / (n * channels);
  const auto add = [&](const Moments& m) {
    const auto high = static_cast<T>(m.mean);
    c.mean.push_back(high);
    c.mean_low.push_back(static_cast<T>(m.mean - static_cast<double>(high)));
    c.variance.push_back(static_cast<T>(m.variance()));
    c.invstd.push_back(static_cast<T>(1 / std::sqrt(m.variance() + 1e-5)));
  };
  if (groups == 0) {
    for (std::int64_t i = 0; i < channels; ++i) {
      add(reference::moments(reference::channel_values(x, i), spatial, reference::images_per_leaf(spatial)));
    }
  } else {
    const std::int64_t size = channels / groups * spatial;
    for (auto at = x.values.begin(); at != x.values.end(); at += size) {
      add(reference::moments(std::vector<T>(at, at + size), spatial, 1));
    }
  }
  return c;
}

template <class T>
BackwardResultOf<T> BackwardCaseOf<T>::expected() const {
  const std::int64_t n = x.dims[0], channels = x.dims[1], spatial = product(x.dims) / (n * channels);
  const std::int64_t sets = groups == 0 ? 1 : n, images = groups == 0 ? n : 1, group = groups == 0 ? 1 : channels / groups;
  BackwardResultOf<T> e{x, {}, std::vector<T>(channels), std::vector<T>(channels)};
  DenseOf<T> g = dy;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    if (!passed[i]) g.values[i] = 0;
  }
  if (grad_residual.rank != 0) e.grad_residual = g;
  std::vector<std::vector<Moments>> by_channel(channels);
  for (std::int64_t set = 0; set < sets; ++set) {
    for (std::int64_t first = 0; first < channels; first += group) {
      const std::int64_t at = (set * channels + first) / group;
      const double low = mean_low.empty() ? 0 : static_cast<double>(mean_low[at]);
      const double centre = static_cast<double>(mean[at]) + low;
      const double inverse = training ? static_cast<double>(invstd[at])
                                      : 1 / std::sqrt(static_cast<double>(variance[at]) + static_cast<double>(epsilon));
      std::vector<Moments> weighted;
      const auto gamma_of = [this](std::int64_t c) { return gamma.empty() ? 1.0 : static_cast<double>(gamma[c]); };
      for (std::int64_t c = first; c < first + group; ++c) {
        const auto values = [&](const DenseOf<T>& d) {
          return groups == 0 ? reference::channel_values(d, c) : reference::channel_values(d.image(set), c);
        };
        const Moments sums = reference::gradient_sums(values(x), values(g), centre, spatial,
                                                      groups == 0 ? reference::images_per_leaf(spatial) : 1);
        weighted.push_back({1, gamma_of(c) * sums.mean, gamma_of(c) * sums.m2});
        by_channel[c].push_back({1, sums.mean, sums.m2 * inverse});
      }
      const Moments all = reference::added(weighted, 0, weighted.size());
      const auto count = static_cast<double>(images * spatial * group);
      const auto c1 = static_cast<T>(inverse * (all.mean / count));
      const auto c2 = static_cast<T>(inverse * inverse * inverse * (all.m2 / count));
      for (std::int64_t c = first; c < first + group; ++c) {
        const auto a = static_cast<T>(gamma_of(c) * inverse);
        for (std::int64_t i = 0; i < images * spatial; ++i) {
          const std::int64_t e_at = ((set + i / spatial) * channels + c) * spatial + i % spatial;
          const T d = (x.values[e_at] - mean[at]) - (mean_low.empty() ? T(0) : mean_low[at]);
          const T y = training ? (g.values[e_at] * a - c1) - d * c2 : g.values[e_at] * a;
          e.grad_src.values[e_at] = stored(src.type, y);
        }
      }
    }
  }
  for (std::int64_t c = 0; c < channels; ++c) {
    const Moments sums = reference::added(by_channel[c], 0, by_channel[c].size());
    e.grad_beta[c] = static_cast<T>(sums.mean);
    e.grad_gamma[c] = static_cast<T>(sums.m2);
  }
  return e;
}

template <class T>
BackwardResultOf<T> BackwardCaseOf<T>::run(const How& how, GradDst place) const {
  const Tensor input(src, x, how.src);
  const Tensor dst_gradient(grad_dst.rank == 0 ? src : grad_dst, dy);
  std::unique_ptr<Tensor> own, own_residual;
  if (place != GradDst::grad_src) own = std::make_unique<Tensor>(grad_src.rank == 0 ? src : grad_src, how.dst);
  if (grad_residual.rank != 0 && place != GradDst::grad_residual) own_residual = std::make_unique<Tensor>(grad_residual);
  const Tensor& result = own ? *own : dst_gradient;
  const Tensor* const residual = place == GradDst::grad_residual ? &dst_gradient : own_residual.get();
  const Placement::Edge edge = how.src.edge;
  const GuardedArray<std::uint8_t> mask_bits(passed.empty() ? std::vector<std::uint8_t>{} : pack_mask(passed, src), edge);
  const GuardedArray<T> weights(gamma, edge), high(mean, edge), low(mean_low, edge), inverse(invstd, edge),
      running(variance, edge);
  GuardedArray<T> grad_gamma(static_cast<std::size_t>(src.dims[1]), edge), grad_beta(grad_gamma.size(), edge);
  const auto fill = [&](auto& data) {
    data.src = input.bytes();
    data.grad_dst = dst_gradient.bytes();
    data.grad_src = result.bytes();
    data.gamma = weights;
    data.mean = high;
    data.mean_low = low;
    data.invstd = inverse;
    data.grad_gamma = grad_gamma;
    data.grad_beta = grad_beta;
  };
  if (groups == 0) {
    BatchNormBackwardDesc desc{src, grad_dst, grad_src, grad_residual, training, epsilon, !passed.empty()};
    const Result<BatchNormBackwardPlan> plan = BatchNormBackwardPlan::make(desc, how.options());
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    BatchNormBackwardData data;
    fill(data);
    data.grad_residual = residual ? residual->bytes() : nullptr;
    data.mask = passed.empty() ? nullptr : mask_bits.data();
    data.variance = running;
    run_plan(plan.value, data, how);
  } else {
    const Result<GroupNormBackwardPlan> plan =
        GroupNormBackwardPlan::make({src, grad_dst, grad_src, groups}, how.options());
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    GroupNormBackwardData data;
    fill(data);
    run_plan(plan.value, data, how);
  }
  CHECK(result.gaps_untouched());
  CHECK(as_written({&input, &dst_gradient}, {&result, residual}));
  for (const auto* given : {&weights, &high, &low, &inverse, &running}) CHECK(given->untouched());
  CHECK(mask_bits.untouched());
  CHECK(grad_gamma.surroundings_untouched());
  CHECK(grad_beta.surroundings_untouched());
  BackwardResultOf<T> got{{}, {}, grad_gamma.read(), grad_beta.read()};
  got.grad_src = result.template read_as<T>();
  if (residual) {
    CHECK(residual->gaps_untouched());
    got.grad_residual = residual->template read_as<T>();
  }
  return got;
}

template <class T>
void check_backward(const BackwardCaseOf<T>& c, How how, GradDst place) {
  const BackwardResultOf<T> expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, place), expected) == "");
  });
}

template struct BackwardCaseOf<float>;
template BackwardCaseOf<float> backward_case(const TensorDesc&, const DenseOf<float>&, std::int64_t, std::uint64_t);
template std::string difference(const BackwardResultOf<float>&, const BackwardResultOf<float>&);
template void check_backward(const BackwardCaseOf<float>&, How, GradDst);
template struct BackwardCaseOf<double>;
template BackwardCaseOf<double> backward_case(const TensorDesc&, const DenseOf<double>&, std::int64_t, std::uint64_t);
template std::string difference(const BackwardResultOf<double>&, const BackwardResultOf<double>&);
template void check_backward(const BackwardCaseOf<double>&, How, GradDst);

}  // namespace poolnorm::tests
