#include "row_backward.hpp"

#include <memory>

#include "compare.hpp"
#include "reference_moments.hpp"
#include "row_norms.hpp"
#include "tensor.hpp"
#include "training.hpp"
#include "values.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
namespace {

std::string difference(const char* what, const std::vector<float>& got, const std::vector<float>& expected) {
  const std::vector<std::int64_t> dims = {static_cast<std::int64_t>(expected.size())};
  if (got.size() != expected.size()) return std::string(what) + " has another size";
  const std::string text = difference(Dense(dims, got), Dense(dims, expected));
  return text.empty() ? "" : std::string(what) + ": " + text;
}

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

std::string difference(const RowBackwardResult& got, const RowBackwardResult& expected) {
  std::string text = difference(got.grad_src, expected.grad_src);
  if (text.empty()) text = difference("grad_gamma", got.grad_gamma, expected.grad_gamma);
  if (text.empty()) text = difference("grad_beta", got.grad_beta, expected.grad_beta);
  return text;
}

RowBackwardCase row_backward_case(const TensorDesc& src, int axis, bool centred) {
  RowBackwardCase c;
  c.desc.src = src;
  c.desc.axis = axis;
  c.desc.statistics = centred ? RowStatistics::mean_and_variance : RowStatistics::mean_square;
  const std::vector<std::int64_t> dims(src.dims, src.dims + src.rank);
  c.x = normal_values(dims, 3, 2);
  c.dy = normal_values(dims, 0.1, 1, 100);
  c.ds = normal_values(dims, 0, 1, 200);
  Random random(7);
  c.gamma = make_parameter(c.width(), -2, 2, random);
  LayerNormCase forward;
  forward.desc = layer_norm(packed(Layout::nchw, dims), axis);
  forward.desc.statistics = c.desc.statistics;
  forward.x = c.x;
  const NormResult saved = forward.expected();
  c.mean = saved.saved_mean;
  c.mean_low = saved.saved_mean_low;
  c.invstd = saved.saved_invstd;
  return c;
}

std::int64_t RowBackwardCase::width() const {
  std::int64_t n = 1;
  for (int i = desc.axis; i < desc.src.rank; ++i) n *= desc.src.dims[i];
  return n;
}

RowBackwardResult RowBackwardCase::expected() const {
  const std::int64_t w = width(), rows = product(x.dims) / w, channels = desc.src.dims[1];
  const bool centred = desc.statistics == RowStatistics::mean_and_variance;
  const std::int64_t leaf = desc.axis == 1 && w > channels ? w / channels : w;
  RowBackwardResult e;
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
    const float c1 = centred ? static_cast<float>(inverse * (sums.mean / count)) : 0.0f;
    const float c2 = static_cast<float>(inverse * inverse * inverse * (sums.m2 / count));
    for (std::int64_t i = 0; i < w; ++i) {
      const std::int64_t at = row * w + i;
      const float a = static_cast<float>(weight(i) * inverse);
      float distance = x.values[at];
      if (centred) distance = (distance - mean[row]) - (mean_low.empty() ? 0.0f : mean_low[row]);
      float y = (dy.values[at] * a - c1) - distance * c2;
      if (desc.grad_sum.rank != 0) y = y + ds.values[at];
      e.grad_src.values[at] = y;
    }
  }
  for (std::int64_t i = 0; parameters && i < w; ++i) {
    const Moments sums = tree_of(rows, 64, 64, [&](std::int64_t row) {
      return std::pair(g(row, i), (g(row, i) * d(row, i)) * static_cast<double>(invstd[row]));
    });
    e.grad_beta.push_back(static_cast<float>(sums.mean));
    e.grad_gamma.push_back(static_cast<float>(sums.m2));
  }
  return e;
}

RowBackwardResult RowBackwardCase::run(const How& how, RowBackwardPlace place) const {
  Result<LayerNormBackwardPlan> plan = LayerNormBackwardPlan::make(desc, how.options());
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  REQUIRE_MESSAGE((how.isa == Isa::best || runs_on(*plan, how.isa)), explain(*plan));
  const auto given = [this](const TensorDesc& t) { return t.rank == 0 ? desc.src : t; };
  Tensor src(desc.src, x, how.src), gradient(given(desc.grad_dst), dy);
  std::unique_ptr<Tensor> sum, own;
  if (desc.grad_sum.rank != 0) sum = std::make_unique<Tensor>(desc.grad_sum, ds);
  if (place == RowBackwardPlace::own) own = std::make_unique<Tensor>(given(desc.grad_src), how.dst);
  Tensor& result = own ? *own : place == RowBackwardPlace::grad_dst ? gradient : *sum;
  RowBackwardResult got;
  const std::size_t size = parameters ? static_cast<std::size_t>(width()) : 0;
  got.grad_gamma.resize(size);
  got.grad_beta.resize(size);
  LayerNormBackwardData data;
  data.src = src.data();
  data.grad_dst = gradient.data();
  data.grad_sum = sum ? sum->data() : nullptr;
  data.grad_src = result.data();
  data.gamma = gamma;
  data.mean = mean;
  data.mean_low = mean_low;
  data.invstd = invstd;
  data.grad_gamma = got.grad_gamma;
  data.grad_beta = got.grad_beta;
  const Workspace workspace(*plan, how.executor);
  const Status status = plan->run(data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  CHECK(result.gaps_untouched());
  got.grad_src = result.read();
  return got;
}

void check_row_backward(const RowBackwardCase& c, How how, RowBackwardPlace place) {
  const RowBackwardResult expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, place), expected) == "");
  });
}

}  // namespace poolnorm::tests
