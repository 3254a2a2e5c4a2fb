#include "row_backward.hpp"

#include <memory>

#include "check_made.hpp"
#include "compare.hpp"
#include "element.hpp"
#include "guarded_array.hpp"
#include "reference_moments.hpp"
#include "row_norms.hpp"
#include "tensor.hpp"
#include "training.hpp"
#include "values.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

// Two terms an element, summed in leaves of `leaf` elements and blocks of `block`.
template <class Terms>
Moments tree_of(std::int64_t size, std::int64_t leaf, std::int64_t block, Terms terms) {
  std::vector<Moments> leaves;
  for (std::int64_t l = 0; l < size; l += leaf) {
    const std::int64_t end = std::min(size, l + leaf);
    std::vector<Moments> blocks;
    for (std::int64_t b = l; b < end; b += block) {
      double s[8] = {}, q[8] = {};
      for (std::int64_t i = b; i < std::min(end, b + block); ++i) {
        const auto [first, second] = terms(i);
        s[(i - b) % 8] += first;
        q[(i - b) % 8] += second;
      }
      const auto joined = [](const double* v) {
        return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
      };
      blocks.push_back({1, joined(s), joined(q)});
    }
    leaves.push_back(reference::added(blocks, 0, blocks.size()));
  }
  return reference::added(leaves, 0, leaves.size());
}

}  // namespace

template <class T>
std::string difference(const RowBackwardResultOf<T>& got, const RowBackwardResultOf<T>& expected) {
  std::string text = difference(got.grad_src, expected.grad_src);
  if (text.empty()) text = difference("grad_gamma", got.grad_gamma, expected.grad_gamma);
  if (text.empty()) text = difference("grad_beta", got.grad_beta, expected.grad_beta);
  return text;
}

template <class T>
RowBackwardCaseOf<T> row_backward_case(const TensorDesc& src, int axis, bool centred) {
  RowBackwardCaseOf<T> c;
  c.desc.src = src;
  c.desc.axis = axis;
  c.desc.statistics = centred ? RowStatistics::mean_and_variance : RowStatistics::mean_square;
  const std::vector<std::int64_t> dims(src.dims, src.dims + src.rank);
  c.x = normal_elements<T>(src.type, dims, 3, 2);
  c.dy = normal_elements<T>(src.type, dims, 0.1, 1, 100);
  c.ds = normal_elements<T>(src.type, dims, 0, 1, 200);
  Random random(7);
  c.gamma = make_parameter<T>(c.width(), -2, 2, random);
  LayerNormCaseOf<T> forward;
  forward.desc = layer_norm(packed(Layout::nchw, dims, src.type), axis);
  forward.desc.statistics = c.desc.statistics;
  forward.x = c.x;
  const NormResultOf<T> saved = forward.expected();
  c.mean = saved.saved_mean;
  c.mean_low = saved.saved_mean_low;
  c.invstd = saved.saved_invstd;
  return c;
}

template <class T>
std::int64_t RowBackwardCaseOf<T>::width() const {
  std::int64_t n = 1;
  for (int i = desc.axis; i < desc.src.rank; ++i) n *= desc.src.dims[i];
  return n;
}

template <class T>
RowBackwardResultOf<T> RowBackwardCaseOf<T>::expected() const {
  const std::int64_t w = width(), rows = product(x.dims) / w, channels = desc.src.dims[1];
  const bool centred = desc.statistics == RowStatistics::mean_and_variance;
  const std::int64_t leaf = desc.axis == 1 && w > channels ? w / channels : w;
  RowBackwardResultOf<T> e;
  e.grad_src = x;
  const auto g = [&](std::int64_t row, std::int64_t i) { return static_cast<double>(dy.values[row * w + i]); };
  const auto d = [&](std::int64_t row, std::int64_t i) {
    const double low = mean_low.empty() ? 0.0 : static_cast<double>(mean_low[row]);
    const double centre = centred ? static_cast<double>(mean[row]) + low : 0.0;
    return static_cast<double>(x.values[row * w + i]) - centre;
  };
  for (std::int64_t row = 0; row < rows; ++row) {
    const double inverse = static_cast<double>(invstd[row]), count = static_cast<double>(w);
    const auto weight = [&](std::int64_t i) { return gamma.empty() ? 1.0 : static_cast<double>(gamma[i]); };
    const Moments sums = tree_of(w, leaf, 1024, [&](std::int64_t i) {
      const double weighted = weight(i) * g(row, i);
      return std::pair(weighted, weighted * d(row, i));
    });
    const T c1 = centred ? static_cast<T>(inverse * (sums.mean / count)) : T(0);
    const T c2 = static_cast<T>(inverse * inverse * inverse * (sums.m2 / count));
    for (std::int64_t i = 0; i < w; ++i) {
      const std::int64_t at = row * w + i;
      const T a = static_cast<T>(weight(i) * inverse);
      T distance = x.values[at];
      if (centred) distance = (distance - mean[row]) - (mean_low.empty() ? T(0) : mean_low[row]);
      T y = (dy.values[at] * a - c1) - distance * c2;
      if (desc.grad_sum.rank != 0) y = y + ds.values[at];
      e.grad_src.values[at] = stored(desc.src.type, y);
    }
  }
  for (std::int64_t i = 0; parameters && i < w; ++i) {
    const Moments sums = tree_of(rows, 64, 64, [&](std::int64_t row) {
      return std::pair(g(row, i), (g(row, i) * d(row, i)) * static_cast<double>(invstd[row]));
    });
    e.grad_beta.push_back(static_cast<T>(sums.mean));
    e.grad_gamma.push_back(static_cast<T>(sums.m2));
  }
  return e;
}

template <class T>
RowBackwardResultOf<T> RowBackwardCaseOf<T>::run(const How& how, RowBackwardPlace place) const {
  Result<LayerNormBackwardPlan> plan = LayerNormBackwardPlan::make(desc, how.options());
  check_made(plan, how);
  const auto given = [this](const TensorDesc& t) { return t.rank == 0 ? desc.src : t; };
  Tensor src(desc.src, x, how.src), gradient(given(desc.grad_dst), dy);
  std::unique_ptr<Tensor> sum, own;
  if (desc.grad_sum.rank != 0) sum = std::make_unique<Tensor>(desc.grad_sum, ds);
  if (place == RowBackwardPlace::own) own = std::make_unique<Tensor>(given(desc.grad_src), how.dst);
  Tensor& result = own ? *own : place == RowBackwardPlace::grad_dst ? gradient : *sum;
  const Placement::Edge edge = how.src.edge;
  const GuardedArray<T> weights(gamma, edge), high(mean, edge), low(mean_low, edge), inverse(invstd, edge);
  GuardedArray<T> grad_gamma(parameters ? static_cast<std::size_t>(width()) : 0, edge), grad_beta(grad_gamma.size(), edge);
  LayerNormBackwardData data;
  data.src = src.bytes();
  data.grad_dst = gradient.bytes();
  data.grad_sum = sum ? sum->bytes() : nullptr;
  data.grad_src = result.bytes();
  data.gamma = weights;
  data.mean = high;
  data.mean_low = low;
  data.invstd = inverse;
  data.grad_gamma = grad_gamma;
  data.grad_beta = grad_beta;
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  CHECK(result.gaps_untouched());
  CHECK(as_written({&src, &gradient, sum.get()}, {&result}));
  for (const auto* array : {&weights, &high, &low, &inverse}) CHECK(array->untouched());
  CHECK(grad_gamma.surroundings_untouched());
  CHECK(grad_beta.surroundings_untouched());
  return {result.template read_as<T>(), grad_gamma.read(), grad_beta.read()};
}

void set_input(RowBackwardCase& c, const Dense& x) {
  c.x = x;
  LayerNormCase forward;
  forward.desc = layer_norm(c.desc.src, c.desc.axis);
  forward.desc.statistics = c.desc.statistics;
  forward.x = x;
  const NormResult y = forward.run({});
  c.mean = y.saved_mean;
  c.mean_low = y.saved_mean_low;
  c.invstd = y.saved_invstd;
}

template <class T>
void check_row_backward(const RowBackwardCaseOf<T>& c, How how, RowBackwardPlace place) {
  const RowBackwardResultOf<T> expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, place), expected) == "");
  });
}

template struct RowBackwardCaseOf<float>;
template RowBackwardCaseOf<float> row_backward_case(const TensorDesc&, int, bool);
template std::string difference(const RowBackwardResultOf<float>&, const RowBackwardResultOf<float>&);
template void check_row_backward(const RowBackwardCaseOf<float>&, How, RowBackwardPlace);
template struct RowBackwardCaseOf<double>;
template RowBackwardCaseOf<double> row_backward_case(const TensorDesc&, int, bool);
template std::string difference(const RowBackwardResultOf<double>&, const RowBackwardResultOf<double>&);
template void check_row_backward(const RowBackwardCaseOf<double>&, How, RowBackwardPlace);

}  // namespace poolnorm::tests
