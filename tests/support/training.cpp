#include "training.hpp"

#include <cmath>
#include <memory>
#include <numbers>

#include "check_made.hpp"
#include "compare.hpp"
#include "element.hpp"
#include "reference.hpp"
#include "reference_moments.hpp"
#include "tensor.hpp"
#include "training_arrays.hpp"
#include "workspace.hpp"

namespace poolnorm::tests {
template <class T>
TrainingCaseOf<T> training_case(const TensorDesc& src, const DenseOf<T>& x, std::uint64_t seed) {
  Random random(seed);
  TrainingCaseOf<T> c;
  c.desc.src = src;
  c.x = x;
  c.gamma = make_parameter<T>(src.dims[1], -2, 2, random);
  c.beta = make_parameter<T>(src.dims[1], -1, 1, random);
  c.running_mean = make_parameter<T>(src.dims[1], -1, 1, random);
  c.running_variance = make_parameter<T>(src.dims[1], 0, 2, random);
  return c;
}

namespace {

template <class T>
Moments moments_in_parts(const std::vector<T>& values, std::int64_t spatial, const std::vector<std::int64_t>& parts) {
  std::vector<Moments> moments;
  auto first = values.begin();
  for (const std::int64_t images : parts) {
    const auto end = first + images * spatial;
    moments.push_back(images == 0 ? Moments{} : reference::moments(std::vector<T>(first, end), spatial, reference::images_per_leaf(spatial)));
    first = end;
  }
  return reference::tree(moments, 0, moments.size());
}

}  // namespace

template <class T>
TrainingResultOf<T> TrainingCaseOf<T>::expected(const std::vector<std::int64_t>& parts) const {
  const std::int64_t n = x.dims[0], channels = x.dims[1], spatial = product(x.dims) / (n * channels);
  TrainingResultOf<T> e;
  e.y = x;
  e.running_mean = running_mean;
  e.running_variance = running_variance;
  e.passed.resize(desc.mask ? x.values.size() : 0);
  const double momentum = desc.cumulative ? 1.0 / (static_cast<double>(batches_tracked) + 1) : static_cast<double>(desc.momentum);
  const auto blend = [momentum](T old, double now) {
    return static_cast<T>((1 - momentum) * static_cast<double>(old) + momentum * now);
  };
  for (std::int64_t c = 0; c < channels; ++c) {
    const Moments m = moments_in_parts(reference::channel_values(x, c), spatial, parts.empty() ? std::vector<std::int64_t>{n} : parts);
    const double variance = m.m2 / static_cast<double>(m.count);
    const double invstd = 1 / std::sqrt(variance + static_cast<double>(desc.epsilon));
    const auto high = static_cast<T>(m.mean);
    const auto low = static_cast<T>(m.mean - static_cast<double>(high));
    e.saved_mean.push_back(high);
    e.saved_mean_low.push_back(low);
    e.saved_invstd.push_back(static_cast<T>(invstd));
    if (!running_mean.empty()) e.running_mean[c] = blend(running_mean[c], m.mean);
    if (!running_variance.empty()) {
      const double now = desc.unbiased_variance ? m.m2 / static_cast<double>(m.count - 1) : variance;
      e.running_variance[c] = blend(running_variance[c], now);
    }
    const auto a = static_cast<T>(gamma.empty() ? invstd : static_cast<double>(gamma[c]) * invstd);
    for (std::int64_t i = 0; i < n * spatial; ++i) {
      const std::int64_t at = (i / spatial * channels + c) * spatial + i % spatial;
      T y = ((x.values[at] - high) - low) * a;
      if (!beta.empty()) y = y + beta[c];
      if (desc.residual.rank != 0) y = y + r.values[at];
      if (desc.mask) e.passed[at] = !(y <= 0);
      e.y.values[at] = stored(desc.src.type, reference::activate(desc.activation, y));
    }
  }
  return e;
}

namespace {

// The tensors and arrays of a run, of the whole batch.
template <class T>
struct TrainingMemory {
  const BatchNormTrainingDesc& desc;
  Tensor src;
  std::unique_ptr<Tensor> residual, own;
  Tensor* y;
  TrainingArrays<T> arrays;
  BatchNormTrainingData data;

  TrainingMemory(const TrainingCaseOf<T>& c, const BatchNormTrainingPlan& plan, const How& how, Alias alias)
      : desc(c.desc), src(c.desc.src, c.x, how.src), arrays(c, plan.mask_bytes(), how.src.edge) {
    if (desc.residual.rank != 0) residual = std::make_unique<Tensor>(desc.residual, c.r);
    if (alias == Alias::none) own = std::make_unique<Tensor>(desc.dst.rank == 0 ? desc.src : desc.dst, how.dst);
    y = own ? own.get() : alias == Alias::src ? &src : residual.get();
    arrays.give_to(data);
    data.src = src.bytes();
    data.residual = residual ? residual->bytes() : nullptr;
    data.dst = y->bytes();
  }
  TrainingResultOf<T> read() const {
    CHECK(y->gaps_untouched());
    CHECK(as_written({&src, residual.get()}, {y}));
    TrainingResultOf<T> result = arrays.read(desc);
    result.y = y->template read_as<T>();
    return result;
  }
};

}  // namespace

template <class T>
TrainingResultOf<T> TrainingCaseOf<T>::run(const How& how, Alias alias) const {
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(desc, how.options());
  check_made(plan, how);
  const TrainingMemory<T> memory(*this, plan.value, how, alias);
  const Workspace workspace(plan.value, how.executor);
  const Status status = plan->run(memory.data, workspace.context());
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  CHECK(workspace.surroundings_untouched());
  return memory.read();
}

template <class T>
TrainingResultOf<T> TrainingCaseOf<T>::run_in_parts(const std::vector<std::int64_t>& parts, const How& how, Alias alias) const {
  const Result<BatchNormTrainingPlan> whole = BatchNormTrainingPlan::make(desc, how.options());
  check_made(whole, how);
  TrainingMemory<T> memory(*this, whole.value, how, alias);
  const auto channels = static_cast<std::size_t>(desc.src.dims[1]);
  const GuardedArray<Moments> moments(parts.size() * channels, how.src.edge);
  const std::int64_t images = desc.src.dims[0], mask_bytes = static_cast<std::int64_t>(whole->mask_bytes()) / images;
  // f(plan, its moments, its slices of the data, context)
  const auto each_part = [&](auto f) {
    std::int64_t first = 0;
    for (std::size_t p = 0; p < parts.size(); first += parts[p++]) {
      BatchNormTrainingDesc d = desc;
      for (TensorDesc* t : {&d.src, &d.dst, &d.residual}) {
        if (t->rank != 0) t->dims[0] = parts[p];
      }
      const auto slice = [first](const Tensor& t) {
        return static_cast<char*>(t.bytes()) + first * t.desc().strides[0] * size_of(t.desc().type);
      };
      BatchNormTrainingData data = memory.data;
      data.src = static_cast<const void*>(slice(memory.src));
      data.dst = static_cast<void*>(slice(*memory.y));
      if (memory.residual) data.residual = static_cast<const void*>(slice(*memory.residual));
      if (data.mask != nullptr) data.mask += first * mask_bytes;
      const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(d, how.options());
      check_made(plan, how);
      const Workspace workspace(plan.value, how.executor);
      const Status status = f(plan.value, moments.data() + p * channels, data, workspace.context());
      REQUIRE_MESSAGE(status.ok(), message_of(status));
      CHECK(workspace.surroundings_untouched());
    }
  };
  using Plan = BatchNormTrainingPlan;
  using Data = BatchNormTrainingData;
  each_part([](const Plan& plan, Moments* own, const Data& data, const RunContext& context) {
    return plan.partial(data.src, own, context);
  });
  merge_moments(moments.data(), static_cast<std::int64_t>(parts.size()), desc.src.dims[1], moments.data());
  const Status status = whole->finalise(moments.data(), memory.data);
  REQUIRE_MESSAGE(status.ok(), message_of(status));
  each_part([&](const Plan& plan, Moments*, const Data& data, const RunContext& context) {
    return plan.apply(moments.data(), data, context);
  });
  CHECK(moments.surroundings_untouched());
  return memory.read();
}

template <class T>
std::string difference(const TrainingResultOf<T>& got, const TrainingResultOf<T>& expected) {
  std::string text = difference(got.y, expected.y);
  if (text.empty()) text = difference("saved_mean", got.saved_mean, expected.saved_mean);
  if (text.empty()) text = difference("saved_mean_low", got.saved_mean_low, expected.saved_mean_low);
  if (text.empty()) text = difference("saved_invstd", got.saved_invstd, expected.saved_invstd);
  if (text.empty()) text = difference("running_mean", got.running_mean, expected.running_mean);
  if (text.empty()) text = difference("running_variance", got.running_variance, expected.running_variance);
  if (text.empty() && got.passed != expected.passed) text = "the mask differs";
  return text;
}

template <class T>
void check_training(const TrainingCaseOf<T>& c, How how, Alias alias) {
  const TrainingResultOf<T> expected = c.expected();
  for_each_isa([&](Isa isa) {
    how.isa = isa;
    CHECK(difference(c.run(how, alias), expected) == "");
  });
}

Dense normal_values(const std::vector<std::int64_t>& dims, double mean, double deviation, std::uint64_t seed) {
  Random random(seed);
  Dense d(dims);
  const auto uniform = [&random] { return (static_cast<double>(random.next() >> 11) + 0.5) * 0x1p-53; };
  for (float& v : d.values) {
    const double z = std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());  // Box, Muller
    v = static_cast<float>(mean + deviation * z);
  }
  return d;
}

template <class T>
DenseOf<T> normal_elements(ElementType type, const std::vector<std::int64_t>& dims, double mean, double deviation,
                           std::uint64_t seed) {
  const Dense d = normal_values(dims, mean, deviation, seed);
  DenseOf<T> e(dims, {d.values.begin(), d.values.end()});
  for (T& v : e.values) v = stored(type, type == ElementType::f64 ? v * T(1 + 0x1p-40) : v);
  return e;
}

template struct TrainingCaseOf<float>;
template TrainingCaseOf<float> training_case(const TensorDesc&, const DenseOf<float>&, std::uint64_t);
template std::string difference(const TrainingResultOf<float>&, const TrainingResultOf<float>&);
template void check_training(const TrainingCaseOf<float>&, How, Alias);
template DenseOf<float> normal_elements(ElementType, const std::vector<std::int64_t>&, double, double, std::uint64_t);
template struct TrainingCaseOf<double>;
template TrainingCaseOf<double> training_case(const TensorDesc&, const DenseOf<double>&, std::uint64_t);
template std::string difference(const TrainingResultOf<double>&, const TrainingResultOf<double>&);
template void check_training(const TrainingCaseOf<double>&, How, Alias);
template DenseOf<double> normal_elements(ElementType, const std::vector<std::int64_t>&, double, double, std::uint64_t);

}  // namespace poolnorm::tests
