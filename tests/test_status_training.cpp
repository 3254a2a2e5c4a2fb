// What norms with statistics of their own refuse: at make(), and of what a run is handed.
#include <cmath>

#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

template <class Plan, class Desc, class Change>
void refuse(Desc desc, Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  change(desc);
  check_message(Plan::make(desc).status, code, words);
}

BatchNormTrainingDesc training() {
  BatchNormTrainingDesc d;
  d.src = nchw({2, 3, 8, 9});
  return d;
}
GroupNormDesc group() {
  GroupNormDesc d;
  d.src = nchw({2, 6, 8, 9});
  return d;
}

template <class Change>
void refuse_training(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  refuse<BatchNormTrainingPlan>(training(), change, words, code);
}
template <class Change>
void refuse_group(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  refuse<GroupNormPlan>(group(), change, words, code);
}
template <class Change>
void refuse_layer(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  refuse<LayerNormPlan>(layer_norm(nchw({4, 10})), change, words, code);
}

}  // namespace

TEST_CASE("training plans that are refused") {
  using D = BatchNormTrainingDesc&;
  refuse_training([](D d) { d.epsilon = -1; }, {"epsilon is -1"});
  refuse_training([](D d) { d.epsilon = NAN; }, {"epsilon", "nan"});
  refuse_training([](D d) { d.momentum = 1.5f; }, {"momentum is 1.5", "0 to 1"});
  refuse_training([](D d) { d.momentum = NAN; }, {"momentum", "nan"});
  refuse_training([](D d) { d.mask = true; }, {"mask", "relu"});
  refuse_training([](D d) { d.activation = clamp(2, 1); }, {"activation.lo is 2"});
  refuse_training([](D d) { d.src.rank = 1; }, {"src.rank is 1"});
  refuse_training([](D d) { d.dst = nchw({2, 3, 8, 8}); }, {"dst.dims[3] is 8"});
  refuse_training([](D d) { d.residual = nchw({2, 4, 8, 9}); }, {"residual.dims[1] is 4"});
  refuse_training([](D d) { (d.residual = d.src).strides[1] = 0; }, {"residual.strides[1] is 0"});
  refuse_training([](D d) { d.dst = nhwc({2, 3, 8, 9}); }, {"dst"}, StatusCode::unsupported);
  refuse_training([](D d) { d.src = nchw({most, 3, 8, 9}); }, {"src"});
}

TEST_CASE("group and layer norm plans that are refused") {
  refuse_group([](GroupNormDesc& d) { d.groups = 0; }, {"groups is 0"});
  refuse_group([](GroupNormDesc& d) { d.groups = 4; }, {"groups is 4", "C = 6"});
  GroupNormBackwardDesc gradient;
  gradient.src = nchw({2, 6, 8, 9});
  refuse<GroupNormBackwardPlan>(gradient, [](GroupNormBackwardDesc& d) { d.groups = 0; }, {"groups is 0"});
  refuse<GroupNormBackwardPlan>(gradient, [](GroupNormBackwardDesc& d) { d.groups = 4; }, {"groups is 4", "C = 6"});
  refuse_group([](GroupNormDesc& d) { d.epsilon = INFINITY; }, {"epsilon is inf"});
  refuse_layer([](LayerNormDesc& d) { d.axis = 0; }, {"axis is 0"});
  refuse_layer([](LayerNormDesc& d) { d.axis = 2; }, {"axis is 2", "src.rank = 2"});
  refuse_layer([](LayerNormDesc& d) { d.sum = d.src; }, {"sum", "residual"});
  refuse_layer([](LayerNormDesc& d) { d.statistics = static_cast<RowStatistics>(9); }, {"statistics is 9"});
  refuse_layer([](LayerNormDesc& d) { d.src = nhwc({2, 3, 4}); }, {"src.strides[2] is 3"}, StatusCode::unsupported);
  refuse_layer([](LayerNormDesc& d) { (d.dst = d.src).strides[0] = 5; }, {"dst.strides[0] is 5", "overlap"});
}

TEST_CASE("gradients of channels that are refused what they are handed") {
  // Of training; of inference; behind a mask, with the gradient of the residual; of groups.
  BatchNormBackwardDesc desc;
  desc.src = nchw({2, 3, 4, 5});
  const Result<BatchNormBackwardPlan> training = BatchNormBackwardPlan::make(desc);
  desc.training = false;
  const Result<BatchNormBackwardPlan> inference = BatchNormBackwardPlan::make(desc);
  desc.training = true;
  desc.mask = true;
  desc.grad_residual = desc.src;
  const Result<BatchNormBackwardPlan> masked = BatchNormBackwardPlan::make(desc);
  GroupNormBackwardDesc group_desc;
  group_desc.src = nchw({2, 6, 4, 5});
  group_desc.groups = 2;
  const Result<GroupNormBackwardPlan> groups = GroupNormBackwardPlan::make(group_desc);
  for (const Status& s : {training.status, inference.status, masked.status, groups.status})
    REQUIRE_MESSAGE(s.ok(), message_of(s));

  std::vector<float> x(240, 1.0f), g(240, 1.0f), y(240, 5.0f), r(240, 5.0f), three(3, 1.0f), four(4, 1.0f),
      six(6, 1.0f);
  std::vector<float> out(7, 5.0f);
  const std::vector<std::uint8_t> bits(64, 255);
  std::vector<char> workspace(1 << 20);
  const auto refused = [&](const auto& plan, auto data, auto change, const Words& words) {
    RunContext context{serial_executor(), workspace.data(), plan.value.workspace_bytes(serial_executor())};
    data.src = x.data();
    data.grad_dst = g.data();
    data.grad_src = y.data();
    change(data, context);
    check_message(plan.value.run(data, context), StatusCode::invalid_argument, words);
    for (const auto* untouched : {&y, &r, &out}) CHECK(*untouched == std::vector<float>(untouched->size(), 5.0f));
  };
  BatchNormBackwardData batch;
  batch.mean = batch.invstd = batch.variance = three;
  GroupNormBackwardData group;
  group.mean = group.invstd = four;
  using B = BatchNormBackwardData&;
  using G = GroupNormBackwardData&;
  using C = RunContext&;
  const auto refuse_training = [&](auto change, const Words& words) { refused(training, batch, change, words); };
  refuse_training([](B d, C) { d.src = nullptr; }, {"src is null"});
  refuse_training([](B d, C) { d.grad_dst = nullptr; }, {"grad_dst is null"});
  refuse_training([](B d, C) { d.grad_src = nullptr; }, {"grad_src is null"});
  refuse_training([&](B d, C) { d.src = y.data() + 1; }, {"src and grad_src overlap"});
  refuse_training([&](B d, C) { d.grad_dst = y.data() + 1; }, {"grad_dst and grad_src overlap"});
  refuse_training([&](B d, C) { d.gamma = four; }, {"gamma has 4", "3"});
  refuse_training([](B d, C) { d.mean = {}; }, {"mean is not given", "3"});
  refuse_training([&](B d, C) { d.mean = six; }, {"mean has 6", "3"});
  refuse_training([&](B d, C) { d.mean_low = six; }, {"mean_low has 6", "3"});
  refuse_training([](B d, C) { d.invstd = {}; }, {"invstd is not given", "3"});
  refuse_training([&](B d, C) { d.invstd = six; }, {"invstd has 6", "3"});
  refuse_training([&](B d, C) { d.grad_gamma = out; }, {"grad_gamma has 7", "3"});
  refuse_training([&](B d, C) { d.grad_beta = out; }, {"grad_beta has 7", "3"});
  refuse_training([&](B d, C) { d.mask = bits.data(); }, {"mask is given"});
  refuse_training([&](B d, C) { d.grad_residual = r.data(); }, {"grad_residual is given"});
  refuse_training([](B, C c) { c.workspace_bytes -= 1; }, {"workspace_bytes"});
  refused(inference, batch, [](B d, C) { d.variance = {}; }, {"variance is not given", "3"});
  refused(inference, batch, [&](B d, C) { d.variance = six; }, {"variance has 6", "3"});
  BatchNormBackwardData behind = batch;
  behind.mask = bits.data();
  behind.grad_residual = r.data();
  refused(masked, behind, [](B d, C) { d.mask = nullptr; }, {"mask is null"});
  refused(masked, behind, [](B d, C) { d.grad_residual = nullptr; }, {"grad_residual is null"});
  refused(masked, behind, [&](B d, C) { d.src = r.data() + 1; }, {"src and grad_residual overlap"});
  refused(masked, behind, [&](B d, C) { d.grad_src = r.data() + 1; }, {"grad_src and grad_residual overlap"});
  refused(masked, behind, [&](B d, C) { d.grad_dst = r.data() + 1; }, {"grad_dst and grad_residual overlap"});
  const auto refuse_groups = [&](auto change, const Words& words) { refused(groups, group, change, words); };
  refuse_groups([&](G d, C) { d.gamma = four; }, {"gamma has 4", "6"});
  refuse_groups([&](G d, C) { d.mean = six; }, {"mean has 6", "4"});
  refuse_groups([&](G d, C) { d.mean_low = six; }, {"mean_low has 6", "4"});
  refuse_groups([&](G d, C) { d.invstd = six; }, {"invstd has 6", "4"});
  refuse_groups([&](G d, C) { d.grad_gamma = out; }, {"grad_gamma has 7", "6"});
  refuse_groups([&](G d, C) { d.grad_beta = out; }, {"grad_beta has 7", "6"});
}

TEST_CASE("gradients of rows that are refused") {
  const auto refuse_rows = [](auto change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
    LayerNormBackwardDesc d;
    d.src = nchw({4, 10});
    refuse<LayerNormBackwardPlan>(d, change, words, code);
  };
  using D = LayerNormBackwardDesc&;
  refuse_rows([](D d) { d.axis = 0; }, {"axis is 0"});
  refuse_rows([](D d) { d.axis = 2; }, {"axis is 2", "src.rank = 2"});
  refuse_rows([](D d) { d.statistics = static_cast<RowStatistics>(9); }, {"statistics is 9"});
  refuse_rows([](D d) { d.src.rank = 1; }, {"src.rank is 1"});
  refuse_rows([](D d) { d.grad_dst = nchw({4, 9}); }, {"grad_dst.dims[1] is 9"});
  refuse_rows([](D d) { d.grad_sum = nchw({5, 10}); }, {"grad_sum.dims[0] is 5"});
  refuse_rows([](D d) { d.grad_src = nchw({4, 10, 1}); }, {"grad_src.rank is 3"});
  refuse_rows([](D d) { (d.grad_src = d.src).strides[0] = 5; }, {"grad_src.strides[0] is 5", "overlap"});
  refuse_rows([](D d) { (d.grad_sum = d.src).strides[1] = 2; }, {"grad_sum.strides[1] is 2"}, StatusCode::unsupported);
  refuse_rows([](D d) { d.src = nhwc({2, 3, 4}); }, {"src.strides[2] is 3"}, StatusCode::unsupported);

  LayerNormBackwardDesc desc;
  desc.src = desc.grad_sum = nchw({4, 10});
  Result<LayerNormBackwardPlan> plan = LayerNormBackwardPlan::make(desc);
  desc.grad_sum = {};
  Result<LayerNormBackwardPlan> plain = LayerNormBackwardPlan::make(desc);
  desc.statistics = RowStatistics::mean_square;
  Result<LayerNormBackwardPlan> rms = LayerNormBackwardPlan::make(desc);
  REQUIRE(plan.ok());
  REQUIRE(plain.ok());
  REQUIRE(rms.ok());
  std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
  std::vector<float> x(40, 1.0f), g(40, 1.0f), y(40, 5.0f), four(4, 1.0f), ten(10, 1.0f), eleven(11, 5.0f);
  const auto refused = [&](const Result<LayerNormBackwardPlan>& p, auto change, const Words& words) {
    RunContext context{serial_executor(), workspace.data(), workspace.size()};
    LayerNormBackwardData d;
    d.src = x.data();
    d.grad_dst = g.data();
    d.grad_sum = &p == &plan ? g.data() : nullptr;
    d.grad_src = y.data();
    d.mean = &p == &rms ? Parameters{} : Parameters(four);
    d.invstd = four;
    change(d, context);
    check_message(p.value.run(d, context), StatusCode::invalid_argument, words);
    CHECK(y == std::vector<float>(40, 5.0f));
    CHECK(eleven == std::vector<float>(11, 5.0f));
  };
  using G = LayerNormBackwardData&;
  using C = RunContext&;
  refused(plan, [](G d, C) { d.src = nullptr; }, {"src is null"});
  refused(plan, [](G d, C) { d.grad_dst = nullptr; }, {"grad_dst is null"});
  refused(plan, [](G d, C) { d.grad_src = nullptr; }, {"grad_src is null"});
  refused(plan, [](G d, C) { d.grad_sum = nullptr; }, {"grad_sum is null"});
  refused(plain, [&](G d, C) { d.grad_sum = g.data(); }, {"grad_sum is given"});
  refused(plan, [&](G d, C) { d.src = y.data(); }, {"src and grad_src overlap"});
  refused(plan, [&](G d, C) { d.grad_dst = y.data() + 1; }, {"grad_dst and grad_src overlap"});
  refused(plan, [&](G d, C) { d.grad_sum = y.data() + 1; }, {"grad_sum and grad_src overlap"});
  refused(plan, [&](G d, C) { d.gamma = four; }, {"gamma has 4", "10"});
  refused(plan, [&](G d, C) { d.mean = ten; }, {"mean has 10", "4"});
  refused(plan, [&](G d, C) { d.mean = {}; }, {"mean is not given", "4"});
  refused(plan, [&](G d, C) { d.mean_low = ten; }, {"mean_low has 10", "4"});
  refused(plan, [&](G d, C) { d.invstd = {}; }, {"invstd is not given", "4"});
  refused(plan, [&](G d, C) { d.invstd = ten; }, {"invstd has 10", "4"});
  refused(rms, [&](G d, C) { d.mean = four; }, {"mean has 4", "0"});
  refused(rms, [&](G d, C) { d.mean_low = four; }, {"mean_low has 4", "0"});
  refused(plan, [&](G d, C) { d.grad_gamma = eleven; }, {"grad_gamma has 11", "10"});
  refused(plan, [&](G d, C) { d.grad_beta = eleven; }, {"grad_beta has 11", "10"});
  std::vector<double> doubles(10);
  refused(plan, [&](G d, C) { d.gamma = doubles; }, {"gamma holds f64, must hold f32"});
  refused(plan, [&](G d, C) { d.grad_beta = doubles; }, {"grad_beta holds f64, must hold f32"});
  refused(plan, [](G, C c) { c.workspace_bytes -= 1; }, {"workspace_bytes"});
  check_message(LayerNormBackwardPlan().run({}, {}), StatusCode::invalid_argument, {"plan is empty"});
}

TEST_CASE("training runs that are refused have written nothing") {
  BatchNormTrainingDesc desc = training();
  desc.activation = relu();
  desc.mask = true;
  desc.residual = desc.src;
  Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(desc);
  REQUIRE(plan.ok());
  std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
  const auto refused = [&](auto change, const Words& words) {
    const BystanderData bystander;
    std::vector<float> three(3, 4.0f), four(4);
    std::vector<std::uint8_t> mask(plan->mask_bytes());
    RunContext context{serial_executor(), workspace.data(), workspace.size()};
    BatchNormTrainingData d;
    d.src = bystander.src();
    d.residual = bystander.src();
    d.dst = bystander.dst();
    d.mask = mask.data();
    d.running_mean = three;
    change(d, context, four);
    check_message(plan->run(d, context), StatusCode::invalid_argument, words);
    for (float v : three) CHECK(v == 4.0f);
  };
  using D = BatchNormTrainingData&;
  using C = RunContext&;
  using V = std::vector<float>&;
  refused([](D d, C, V) { d.src = nullptr; }, {"src is null"});
  refused([](D d, C, V) { d.dst = nullptr; }, {"dst is null"});
  refused([](D d, C, V) { d.residual = nullptr; }, {"residual is null"});
  refused([](D d, C, V) { d.mask = nullptr; }, {"mask is null"});
  refused([](D d, C, V v) { d.gamma = v; }, {"gamma has 4", "3"});
  refused([](D d, C, V v) { d.beta = v; }, {"beta has 4", "3"});
  refused([](D d, C, V v) { d.running_variance = v; }, {"running_variance has 4", "3"});
  refused([](D d, C, V v) { d.saved_invstd = v; }, {"saved_invstd has 4", "3"});
  refused([](D d, C, V) { d.saved_mean = {nullptr, 3}; }, {"saved_mean is null"});
  refused([](D d, C, V) { d.batches_tracked = -1; }, {"batches_tracked is -1"});
  refused([](D d, C, V) { d.src = static_cast<float*>(d.dst.data) + 1; }, {"src and dst overlap"});
  refused([](D, C c, V) { c.workspace_bytes -= 1; }, {"workspace_bytes"});
  refused([](D, C c, V) { c.workspace = nullptr; }, {"workspace is null"});
}

TEST_CASE("an unbiased variance of a single value is refused before anything is written") {
  BatchNormTrainingDesc desc;
  desc.src = nchw({1, 3, 1, 1});
  Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(desc);
  REQUIRE(plan.ok());
  std::vector<char> workspace(plan->workspace_bytes(serial_executor()));
  std::vector<float> x(3, 1.0f), y(3, 5.0f), variance(3, 2.0f);
  BatchNormTrainingData d;
  d.src = x.data();
  d.dst = y.data();
  d.running_variance = variance;
  const RunContext context{serial_executor(), workspace.data(), workspace.size()};
  check_message(plan->run(d, context), StatusCode::invalid_argument, {"running_variance", "N * spatial"});
  CHECK(y == std::vector<float>(3, 5.0f));
  CHECK(variance == std::vector<float>(3, 2.0f));
}

TEST_CASE("empty tensors of norms with statistics: nothing is written") {
  for (const TensorDesc& t : {nchw({0, 3, 4}), nchw({2, 0, 4})}) {
    BatchNormTrainingDesc training;
    training.src = t;
    GroupNormDesc group;
    group.src = t;
    Result<BatchNormTrainingPlan> a = BatchNormTrainingPlan::make(training);
    Result<GroupNormPlan> b = GroupNormPlan::make(group);
    Result<LayerNormPlan> c = LayerNormPlan::make(layer_norm(t));
    LayerNormBackwardDesc rows;
    rows.src = t;
    Result<LayerNormBackwardPlan> e = LayerNormBackwardPlan::make(rows);
    REQUIRE(a.ok());
    REQUIRE(b.ok());
    REQUIRE(c.ok());
    CHECK(a->run({}, {serial_executor(), nullptr, 0}).ok());
    CHECK(b->run({}, {serial_executor(), nullptr, 0}).ok());
    CHECK(c->run({}).ok());
    REQUIRE(e.ok());
    CHECK(e->run({}, {serial_executor(), nullptr, 0}).ok());
  }
}
