// Norms with statistics, and their gradients, on f16, bf16 and f64: bit for bit against the reference, f64 against
// double-double and finite differences, and what is refused.
#include "support/doctest.hpp"

#include <cmath>

#include "support/backward.hpp"
#include "support/cases.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/executors.hpp"
#include "support/reference_moments.hpp"
#include "support/refusal.hpp"
#include "support/row_backward.hpp"
#include "support/row_norms.hpp"
#include "support/tensor.hpp"
#include "support/training.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;
using reference::Wide;

namespace {

using Dims1 = std::vector<std::int64_t>;

// f(number that elements are read as, type)
template <class F>
void for_each_type(F f) {
  for (ElementType type : {ElementType::f16, ElementType::bf16}) {
    INFO(std::string(name(type)));
    f(float{}, type);
  }
  INFO("f64");
  f(double{}, ElementType::f64);
}

template <class T>
LayerNormCaseOf<T> layer_case(ElementType type, const Dims1& dims, bool centred) {
  LayerNormCaseOf<T> c;
  const TensorDesc src = packed(Layout::nchw, dims, type);
  c.desc = centred ? layer_norm(src) : rms_norm(src);
  c.x = normal_elements<T>(type, dims, 2, 3);
  c.r = normal_elements<T>(type, dims, -1, 1, 9);
  Random random(3);
  const std::int64_t width = product(dims) / dims[0];
  c.gamma = make_parameter<T>(width, -2, 2, random);
  c.beta = make_parameter<T>(width, -1, 1, random);
  return c;
}

template <class T>
void add_mask(BackwardCaseOf<T>& c) {
  Random random(4);
  c.passed.resize(c.x.values.size());
  for (std::size_t i = 0; i < c.passed.size(); ++i) c.passed[i] = random.chance(60);
}

}  // namespace

TEST_CASE("types of statistics: layer and RMS norm") {
  for_each_type([]<class T>(T, ElementType type) {
    for (bool centred : {true, false}) {
      for (std::int64_t width : {1, 2, 7, 8, 9, 15, 17, 33, 100, 768, 1024, 1025, 4099}) {
        INFO("width ", width, " centred ", centred);
        LayerNormCaseOf<T> c = layer_case<T>(type, {5, width}, centred);
        check_rows(c);
        check_rows(c, {}, Alias::src);
        c.desc.residual = c.desc.src;
        check_rows(c);
        check_rows(c, {}, Alias::residual);
        c.desc.sum = c.desc.src;
        c.beta.clear();
        check_rows(c);
        c.gamma.clear();
        check_rows(c);
        check_rows(c, {}, Alias::src, Alias::residual);
        check_rows(c, {}, Alias::residual, Alias::src);
      }
    }
    LayerNormCaseOf<T> c = layer_case<T>(type, {3, 4, 5, 6, 40}, true);
    c.desc.src.strides[0] += 3;
    c.desc.dst = c.desc.src;
    c.desc.dst.strides[0] += 5;
    check_rows(c);
  });
}

TEST_CASE("types of statistics: a residual in front is the sum's elements, then the norm") {
  for_each_type([]<class T>(T, ElementType type) {
    LayerNormCaseOf<T> c = layer_case<T>(type, {7, 300}, true);
    c.desc.residual = c.desc.sum = c.desc.src;
    const NormResultOf<T> fused = c.run({});
    LayerNormCaseOf<T> apart = c;
    apart.desc.residual = apart.desc.sum = {};
    apart.x = fused.sum;
    CHECK(difference(apart.run({}).y, fused.y) == "");
    for (std::size_t i = 0; i < fused.sum.values.size(); ++i) {
      CHECK(fused.sum.values[i] == stored(type, c.x.values[i] + c.r.values[i]));
    }
  });
}

TEST_CASE("types of statistics: batch norm training") {
  for_each_type([]<class T>(T, ElementType type) {
    for (Layout layout : layouts) {
      for (const Dims1& dims :
           {Dims1{2, 3, 1, 1}, Dims1{130, 9}, Dims1{3, 17, 7, 7}, Dims1{33, 20, 2, 2}, Dims1{1, 3, 32, 33},
            Dims1{5, 130, 33, 1}, Dims1{2, 2, 67, 61}, Dims1{3, 4, 5, 6, 7}, Dims1{9, 257, 2, 3}}) {
        INFO(dims_text(dims), " ", std::string(name(layout)));
        TrainingCaseOf<T> c = training_case(packed(layout, dims, type), normal_elements<T>(type, dims, 3, 2));
        check_training(c);
        check_training(c, {}, Alias::src);
        c.r = normal_elements<T>(type, dims, 0, 1, 7);
        c.desc.residual = c.desc.src;
        c.desc.cumulative = true;
        c.batches_tracked = 3;
        for (const Activation& activation : {relu(), relu6(), leaky_relu(), hard_swish(), hard_sigmoid()}) {
          c.desc.activation = activation;
          c.desc.mask = activation.kind == ActivationKind::relu;
          check_training(c);
        }
        check_training(c, {}, Alias::residual);
      }
    }
  });
}

TEST_CASE("types of statistics: any executor, store policy, strides") {
  for_each_type([]<class T>(T, ElementType type) {
    Random random(5);
    bool streams = false;  // every executor meets both in turn
    for (Layout layout : layouts) {
      for (const Dims1& dims : {Dims1{5, 3, 83, 61}, Dims1{3, 150, 13, 31}, Dims1{1024, 70}, Dims1{70, 31, 7, 9}}) {
        INFO(dims_text(dims), " ", std::string(name(layout)));
        TrainingCaseOf<T> c = training_case(packed(layout, dims, type), normal_elements<T>(type, dims, 3, 2));
        if (dims.size() > 2) {
          c.desc.src = random_strides(layout, dims, random);
          c.desc.dst = random_strides(layout, dims, random);
          c.desc.src.type = c.desc.dst.type = type;
        }
        c.desc.activation = relu();
        c.desc.mask = true;
        BackwardCaseOf<T> b = backward_case(packed(layout, dims, type), c.x);
        add_mask(b);
        const auto expected = c.expected();
        auto gradient = b.expected();
        gradient.grad_residual = {};
        for (const NamedExecutor& named : host_executors()) {
          INFO(named.name);
          How how;
          how.store = streams ? StorePolicy::streaming : StorePolicy::cached;
          how.executor = named.executor;
          CHECK(difference(c.run(how), expected) == "");
          CHECK(difference(b.run(how), gradient) == "");
          streams = !streams;
        }
        streams = host_executors().size() % 2 == 0 ? !streams : streams;
      }
    }
  });
}

TEST_CASE("types of statistics: a batch in parts") {
  for_each_type([]<class T>(T, ElementType type) {
    for (Layout layout : layouts) {
      const Dims1 dims = {32, 19, 13, 11}, part_dims = {8, 19, 13, 11};
      const TrainingCaseOf<T> c = training_case(packed(layout, dims, type), normal_elements<T>(type, dims, 5, 2));
      BatchNormTrainingDesc part = c.desc;
      part.src = packed(layout, part_dims, type);
      const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(part);
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      const Tensor src(c.desc.src, c.x), dst(c.desc.src);
      const Workspace workspace(plan.value, serial_executor());
      const auto at = [&](const Tensor& t, std::int64_t p) {
        return static_cast<char*>(t.bytes()) + p * 8 * c.desc.src.strides[0] * size_of(type);
      };
      std::vector<Moments> moments(4 * 19);
      for (std::int64_t p = 0; p < 4; ++p) {
        REQUIRE(plan.value.partial(static_cast<const void*>(at(src, p)), moments.data() + p * 19, workspace.context())
                    .ok());
      }
      merge_moments(moments.data(), 4, 19, moments.data());
      const std::vector<T> unwritten(19, T(-7));  // no 0, which f64's saved_mean_low is
      TrainingResultOf<T> got{{}, c.running_mean, c.running_variance, unwritten, unwritten, unwritten, {}};
      BatchNormTrainingData data;
      data.gamma = c.gamma;
      data.beta = c.beta;
      data.running_mean = got.running_mean;
      data.running_variance = got.running_variance;
      data.saved_mean = got.saved_mean;
      data.saved_mean_low = got.saved_mean_low;
      data.saved_invstd = got.saved_invstd;
      REQUIRE(plan.value.finalise(moments.data(), data).ok());
      for (std::int64_t p = 0; p < 4; ++p) {
        data.src = static_cast<const void*>(at(src, p));
        data.dst = static_cast<void*>(at(dst, p));
        REQUIRE(plan.value.apply(moments.data(), data, workspace.context()).ok());
      }
      got.y = dst.template read_as<T>();
      CHECK(difference(got, c.expected()) == "");
    }
  });
}

TEST_CASE("types of statistics: group and instance norm") {
  for_each_type([]<class T>(T, ElementType type) {
    for (Layout layout : layouts) {
      for (const auto& shape : std::vector<std::pair<Dims1, std::int64_t>>{
               {{2, 6, 5, 7}, 3}, {{3, 6, 40}, 6}, {{3, 12}, 3}, {{2, 34, 3, 3, 3}, 17}, {{9, 40, 21, 20}, 8}}) {
        INFO(dims_text(shape.first), " ", std::string(name(layout)));
        GroupNormCaseOf<T> c;
        c.desc.src = packed(layout, shape.first, type);
        c.desc.groups = shape.second;
        c.x = normal_elements<T>(type, shape.first, 2, 3);
        Random random(3);
        c.gamma = make_parameter<T>(shape.first[1], -2, 2, random);
        c.beta = make_parameter<T>(shape.first[1], -1, 1, random);
        check_rows(c);
        check_rows(c, {}, Alias::src);
        if (shape.first.size() > 2) check_backward(backward_case(c.desc.src, c.x, shape.second));
      }
    }
  });
}

TEST_CASE("types of statistics: gradients of batch norm") {
  for_each_type([]<class T>(T, ElementType type) {
    for (Layout layout : layouts) {
      for (const Dims1& dims : {Dims1{1, 1, 2}, Dims1{130, 9}, Dims1{3, 17, 7, 7}, Dims1{33, 20, 2, 2},
                                Dims1{1, 3, 32, 33}, Dims1{5, 130, 33, 1}, Dims1{2, 2, 67, 61}, Dims1{9, 257, 2, 3}}) {
        for (bool training : {true, false}) {
          INFO(dims_text(dims), " ", std::string(name(layout)), " training ", training);
          auto c = backward_case(packed(layout, dims, type), normal_elements<T>(type, dims, 3, 2));
          c.training = training;
          check_backward(c);
          add_mask(c);
          check_backward(c, {}, GradDst::grad_src);
          c.grad_residual = c.src;
          check_backward(c, {}, GradDst::grad_src);
          check_backward(c, {}, GradDst::grad_residual);
          c.mean_low.clear();
          check_backward(c);
        }
      }
    }
  });
}

TEST_CASE("types of statistics: gradients of layer and RMS norm") {
  for_each_type([]<class T>(T, ElementType type) {
    for (bool centred : {true, false}) {
      for (const Dims1& dims : {Dims1{1, 1}, Dims1{5, 17}, Dims1{130, 100}, Dims1{70, 1025}, Dims1{3, 4, 40}}) {
        INFO(dims_text(dims), " centred ", centred);
        auto c = row_backward_case<T>(packed(Layout::nchw, dims, type), 1, centred);
        check_row_backward(c);
        check_row_backward(c, {}, RowBackwardPlace::grad_dst);
        c.desc.grad_sum = c.desc.src;
        check_row_backward(c);
        c.gamma.clear();
        c.parameters = false;
        check_row_backward(c);
      }
    }
  });
}

TEST_CASE("f64 statistics and results keep their bounds") {
  const Dims1 dims = {3, 4, 37, 41};
  std::vector<Dense64> data;
  for (const double mean : {0.0, 1e5, 1.6e7, 1e13}) {
    data.push_back(normal_elements<double>(ElementType::f64, dims, mean, 1));
  }
  data.push_back(data[0]);
  for (std::size_t i = 0; i < data[0].values.size(); i += 1517) data.back().values[i] = 1e20;
  for (const Dense64& x64 : data) {
    for (Layout layout : layouts) {
      INFO("data ", &x64 - data.data(), " ", std::string(name(layout)));
      auto c = training_case(packed(layout, dims, ElementType::f64), x64);
      c.desc.momentum = 1;
      c.desc.unbiased_variance = false;
      const TrainingResultOf<double> got = c.run({});
      for (std::int64_t channel = 0; channel < 4; ++channel) {
        const auto i = static_cast<std::size_t>(channel);
        const std::vector<double> x = reference::channel_values(c.x, channel),
                                  y = reference::channel_values(got.y, channel);
        const reference::Truth truth = reference::truth(x);
        const Wide invstd = Wide(1.0) / sqrt(truth.variance + Wide(static_cast<double>(c.desc.epsilon)));
        double largest = 0;
        for (double v : x) largest = std::max(largest, std::fabs(v));
        const auto distance = [](double a, Wide b) { return std::fabs((Wide(a) - b).value()); };
        CHECK(distance(got.saved_mean[i], truth.mean) <= 0x1p-44 * largest);
        CHECK(got.saved_mean_low[i] == 0);
        double worst = 0;
        for (std::size_t e = 0; e < x.size(); ++e) {
          const Wide normed = Wide(c.gamma[i]) * (Wide(x[e]) - truth.mean) * invstd;
          const double bound = 0x1p-36 * (std::fabs(c.gamma[i]) * largest * invstd.value() + std::fabs(c.beta[i]));
          worst = std::max(worst, distance(y[e], normed + Wide(c.beta[i])) / bound);
        }
        CHECK(worst <= 1);
      }
    }
  }
}

namespace {

// Sum of dy * y after the forward plan, for one change of an input.
template <class Case>
double loss(const Case& c, const Dense64& dy, const std::vector<bool>& passed = {}) {
  const Dense64 y = c.run({}).y;
  double total = 0;
  for (std::size_t i = 0; i < y.values.size(); ++i) {
    if (passed.empty() || passed[i]) total += y.values[i] * dy.values[i];
  }
  return total;
}

// The derivative by `value`, a member of `c`.
template <class Case>
double slope(const Case& c, double& value, const Dense64& dy, const std::vector<bool>& passed = {}) {
  const double kept = value, step = 1e-5;
  value = kept + step;
  const double above = loss(c, dy, passed);
  value = kept - step;
  const double below = loss(c, dy, passed);
  value = kept;
  return (above - below) / (2 * step);
}

template <class Case, class Got>
void check_slopes(Case& c, const Got& got, const Dense64& dy, const std::vector<bool>& passed = {}) {
  for (std::size_t i = 0; i < c.x.values.size(); i += 7) {
    CHECK(std::fabs(got.grad_src.values[i] - slope(c, c.x.values[i], dy, passed)) < 1e-8);
  }
  for (std::size_t i = 0; i < c.gamma.size(); ++i) {
    CHECK(std::fabs(got.grad_gamma[i] - slope(c, c.gamma[i], dy, passed)) < 1e-8);
    CHECK(std::fabs(got.grad_beta[i] - slope(c, c.beta[i], dy, passed)) < 1e-8);
  }
}

}  // namespace

TEST_CASE("f64 plans: gradients are the finite differences of the forward plans") {
  const ElementType type = ElementType::f64;
  const Dims1 dims = {3, 4, 3, 5};
  for (Layout layout : layouts) {
    const TensorDesc src = packed(layout, dims, type);
    const Dense64 x = normal_elements<double>(type, dims, 3, 2);
    for (std::int64_t groups : {0, 1, 2, 4}) {
      INFO("groups ", groups);
      auto backward = backward_case(src, x, groups);
      if (groups == 0) {
        auto forward = training_case(src, x);
        forward.gamma = backward.gamma;
        forward.desc.activation = relu();
        forward.desc.mask = true;
        backward.passed = forward.run({}).passed;
        check_slopes(forward, backward.run({}), backward.dy);
      } else {
        GroupNormCaseOf<double> forward{{src, {}, groups, 1e-5f}, x, backward.gamma, {0.1, 0.2, 0.3, 0.4}};
        check_slopes(forward, backward.run({}), backward.dy);
      }
    }
  }
  for (bool centred : {true, false}) {
    auto backward = row_backward_case<double>(packed(Layout::nchw, {5, 17}, type), 1, centred);
    auto forward = layer_case<double>(type, {5, 17}, centred);
    forward.x = backward.x;
    forward.gamma = backward.gamma;
    check_slopes(forward, backward.run({}), backward.dy);
  }
}

TEST_CASE("types of statistics that are refused") {
  const auto refuse = [](const auto& result, StatusCode code, const Words& words) {
    check_message(result.status, code, words);
  };
  const TensorDesc half = nchw({2, 4, 3, 3}, ElementType::f16), byte = nchw({2, 4, 3, 3}, ElementType::u8);
  const TensorDesc single = nchw({2, 4, 3, 3}), wide = nchw({2, 4, 3, 3}, ElementType::f64);
  BatchNormTrainingDesc training;
  training.src = byte;
  refuse(BatchNormTrainingPlan::make(training), StatusCode::unsupported, {"src.type is u8", "f32, f16, bf16 and f64"});
  training.src = half;
  training.dst = single;
  refuse(BatchNormTrainingPlan::make(training), StatusCode::invalid_argument, {"dst.type is f32, src has f16"});
  training.dst = {};
  training.residual = wide;
  refuse(BatchNormTrainingPlan::make(training), StatusCode::invalid_argument, {"residual.type is f64, src has f16"});
  LayerNormDesc layer = layer_norm(half);
  layer.residual = half;
  layer.sum = single;
  refuse(LayerNormPlan::make(layer), StatusCode::invalid_argument, {"sum.type is f32, src has f16"});
  layer = layer_norm(byte);
  refuse(LayerNormPlan::make(layer), StatusCode::unsupported, {"src.type is u8"});
  GroupNormDesc group;
  group.src = single;
  group.dst = half;
  refuse(GroupNormPlan::make(group), StatusCode::invalid_argument, {"dst.type is f16, src has f32"});
  BatchNormBackwardDesc backward;
  backward.src = half;
  backward.grad_dst = single;
  refuse(BatchNormBackwardPlan::make(backward), StatusCode::invalid_argument, {"grad_dst.type is f32, src has f16"});
  LayerNormBackwardDesc rows;
  rows.src = wide;
  rows.grad_src = single;
  refuse(LayerNormBackwardPlan::make(rows), StatusCode::invalid_argument, {"grad_src.type is f32, src has f64"});

  // What runs are handed.
  std::vector<float> floats(72), more(72);
  std::vector<double> doubles(72);
  const auto run = [](const TensorDesc& src, auto fill, const Words& words) {
    const Result<LayerNormPlan> plan = LayerNormPlan::make(layer_norm(src));
    REQUIRE(plan.ok());
    LayerNormData data;
    fill(data);
    check_message(plan.value.run(data), StatusCode::invalid_argument, words);
  };
  run(half,
      [&](LayerNormData& d) {
        d.src = floats.data();
        d.dst = static_cast<void*>(more.data());
      },
      {"src points at f32", "f16"});
  run(wide,
      [&](LayerNormData& d) {
        d.src = doubles.data();
        d.dst = floats.data();
      },
      {"dst points at f32", "f64"});
  const std::vector<double> gamma(36);
  run(single,
      [&](LayerNormData& d) {
        d.src = floats.data();
        d.dst = more.data();
        d.gamma = gamma;
      },
      {"gamma holds f64", "f32"});
}
