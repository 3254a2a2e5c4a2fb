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
  // One pixel lies in either layout; a mask in that of src, forward and backward.
  const TensorDesc pixel = nchw({2, 3, 1, 1});
  TensorDesc slice = pixel;
  for (int i = 0; i < 3; ++i) slice.strides[i] = nchw({2, 3, 4, 5}).strides[i];
  BatchNormTrainingDesc masked;
  masked.src = pixel;
  masked.activation = relu();
  masked.mask = true;
  CHECK(BatchNormTrainingPlan::make(masked).ok());
  refuse<BatchNormTrainingPlan>(masked, [&](D d) { d.residual = slice; }, {"residual.strides[1] must be 1", "mask"}, StatusCode::unsupported);
  refuse<BatchNormTrainingPlan>(masked, [&](D d) { d.dst = slice; }, {"dst.strides[1] must be 1", "mask"}, StatusCode::unsupported);
  masked.residual = slice;
  masked.mask = false;
  CHECK(BatchNormTrainingPlan::make(masked).ok());
  BatchNormBackwardDesc back;
  back.src = pixel;
  back.mask = true;
  using B = BatchNormBackwardDesc&;
  refuse<BatchNormBackwardPlan>(back, [&](B d) { d.grad_src = slice; }, {"grad_src.strides[1] must be 1"}, StatusCode::unsupported);
  refuse<BatchNormBackwardPlan>(back, [&](B d) { d.grad_dst = slice; }, {"grad_dst.strides[1] must be 1"}, StatusCode::unsupported);
  refuse<BatchNormBackwardPlan>(back, [&](B d) { d.grad_residual = slice; }, {"grad_residual.strides[1] must be 1"}, StatusCode::unsupported);
  back.mask = false;
  back.src = nchw({2, 3, 4, 5});
  const TensorDesc across = nhwc({2, 3, 4, 5});
  refuse<BatchNormBackwardPlan>(back, [&](B d) { d.grad_src = across; }, {"grad_src.strides: neither"}, StatusCode::unsupported);
  refuse<BatchNormBackwardPlan>(back, [&](B d) { d.grad_dst = across; }, {"grad_dst.strides: neither"}, StatusCode::unsupported);
}

TEST_CASE("group and layer norm plans that are refused") {
  refuse_group([](GroupNormDesc& d) { d.groups = 0; }, {"groups is 0"});
  refuse_group([](GroupNormDesc& d) { d.groups = 4; }, {"groups is 4", "C = 6"});
  GroupNormBackwardDesc gradient;
  gradient.src = nchw({2, 6, 8, 9});
  refuse<GroupNormBackwardPlan>(gradient, [](GroupNormBackwardDesc& d) { d.groups = 0; }, {"groups is 0"});
  refuse<GroupNormBackwardPlan>(gradient, [](GroupNormBackwardDesc& d) { d.groups = 4; }, {"groups is 4", "C = 6"});
  refuse_group([](GroupNormDesc& d) { d.epsilon = INFINITY; }, {"epsilon is inf"});
  const auto apart = [](TensorDesc t) {
    t.strides[1] = 2;
    t.strides[0] = 12;
    return t;
  };
  const auto refuse_apart = [&](auto change, const char* name) {
    refuse_group(
        [&](GroupNormDesc& d) {
          d.src = nchw({2, 6, 1, 1});
          d.groups = 2;
          change(d);
        },
        {name, "must be 1 where groups of channels have no spatial elements"}, StatusCode::unsupported);
  };
  refuse_apart([&](GroupNormDesc& d) { d.dst = apart(d.src); }, "dst.strides[1]");
  refuse_apart([&](GroupNormDesc& d) { d.src = apart(d.dst = d.src); }, "src.strides[1]");
  gradient.src = nchw({2, 6, 1, 1});
  gradient.groups = 2;
  refuse<GroupNormBackwardPlan>(gradient, [&](GroupNormBackwardDesc& d) { d.grad_dst = apart(d.src); },
                                {"grad_dst.strides[1] must be 1 where groups of channels have no spatial elements"}, StatusCode::unsupported);
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
  refused([](D d, C, V v) { d.running_mean = v; }, {"running_mean has 4", "3"});
  refused([](D d, C, V v) { d.running_variance = v; }, {"running_variance has 4", "3"});
  refused([](D d, C, V v) { d.saved_mean = v; }, {"saved_mean has 4", "3"});
  refused([](D d, C, V v) { d.saved_mean_low = v; }, {"saved_mean_low has 4", "3"});
  refused([](D d, C, V v) { d.saved_invstd = v; }, {"saved_invstd has 4", "3"});
  refused([](D d, C, V) { d.saved_mean = {nullptr, 3}; }, {"saved_mean is null"});
  refused([](D d, C, V) { d.batches_tracked = -1; }, {"batches_tracked is -1"});
  refused([](D d, C, V) { d.src = static_cast<float*>(d.dst.data) + 1; }, {"src and dst overlap"});
  refused([](D, C c, V) { c.workspace_bytes -= 1; }, {"workspace_bytes"});
  refused([](D, C c, V) { c.workspace = nullptr; }, {"workspace is null"});
}

TEST_CASE("training runs without residual and mask refuse both, and steps refuse as the whole does") {
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(training());
  REQUIRE(plan.ok());
  const BystanderData bystander;
  std::vector<char> workspace(plan.value.workspace_bytes(serial_executor()));
  const RunContext context{serial_executor(), workspace.data(), workspace.size()};
  std::vector<std::uint8_t> mask(1000);
  std::vector<float> four(4);
  std::vector<Moments> moments(3);
  BatchNormTrainingData d;
  d.src = bystander.src();
  d.dst = bystander.dst();
  const auto refused = [](const Status& status, const Words& words) {
    check_message(status, StatusCode::invalid_argument, words);
  };
  const auto with = [&](auto change) {
    BatchNormTrainingData changed = d;
    change(changed);
    return changed;
  };
  using D = BatchNormTrainingData&;
  refused(plan.value.run(with([&](D c) { c.residual = bystander.src(); }), context), {"residual is given"});
  refused(plan.value.run(with([&](D c) { c.mask = mask.data(); }), context), {"mask is given"});
  refused(plan.value.partial(bystander.src(), nullptr, context), {"moments is null"});
  refused(plan.value.partial(nullptr, moments.data(), context), {"src is null"});
  REQUIRE(plan.value.partial(bystander.src(), moments.data(), context).ok());
  refused(plan.value.finalise(nullptr, d), {"moments is null"});
  refused(plan.value.finalise(moments.data(), with([&](D c) { c.saved_invstd = four; })), {"saved_invstd has 4"});
  refused(plan.value.apply(nullptr, d, context), {"moments is null"});
  refused(plan.value.apply(moments.data(), with([](D c) { c.dst = nullptr; }), context), {"dst is null"});
  refused(plan.value.apply(moments.data(), with([&](D c) { c.beta = four; }), context), {"beta has 4"});
  refused(plan.value.apply(moments.data(), d, {serial_executor(), workspace.data(), 0}), {"workspace_bytes is 0"});
  CHECK(plan.value.finalise(std::vector<Moments>(3).data(), d).ok());  // of no images at all
}

TEST_CASE("runs of group and layer norm that are refused have written nothing") {
  GroupNormDesc group_desc;
  group_desc.src = nchw({2, 6, 4, 5});
  group_desc.groups = 2;
  const Result<GroupNormPlan> groups = GroupNormPlan::make(group_desc);
  LayerNormDesc desc = layer_norm(nchw({4, 10}));
  const Result<LayerNormPlan> plain = LayerNormPlan::make(desc);
  const Result<LayerNormPlan> rms = LayerNormPlan::make(rms_norm(desc.src));
  desc.residual = desc.sum = desc.src;
  const Result<LayerNormPlan> summed = LayerNormPlan::make(desc);
  for (const Status& s : {groups.status, plain.status, rms.status, summed.status})
    REQUIRE_MESSAGE(s.ok(), message_of(s));

  std::vector<float> x(240, 1.0f), r(240, 1.0f), y(240, 5.0f), sum(240, 5.0f), seven(7, 5.0f), four(4, 5.0f);
  std::vector<char> workspace(groups.value.workspace_bytes(serial_executor()));
  const auto refused = [&](const auto& plan, auto data, auto change, const Words& words) {
    RunContext context{serial_executor(), workspace.data(), workspace.size()};
    data.src = x.data();
    data.dst = y.data();
    change(data, context);
    check_message(plan.value.run(data, context), StatusCode::invalid_argument, words);
    for (const auto* untouched : {&y, &sum, &seven, &four})
      CHECK(*untouched == std::vector<float>(untouched->size(), 5.0f));
  };
  using G = GroupNormData&;
  using L = LayerNormData&;
  using C = RunContext&;
  const GroupNormData group;
  refused(groups, group, [](G d, C) { d.src = nullptr; }, {"src is null"});
  refused(groups, group, [&](G d, C) { d.src = y.data() + 1; }, {"src and dst overlap"});
  refused(groups, group, [&](G d, C) { d.gamma = seven; }, {"gamma has 7", "6"});
  refused(groups, group, [&](G d, C) { d.beta = seven; }, {"beta has 7", "6"});
  refused(groups, group, [&](G d, C) { d.saved_mean = seven; }, {"saved_mean has 7", "4"});
  refused(groups, group, [&](G d, C) { d.saved_mean_low = seven; }, {"saved_mean_low has 7", "4"});
  refused(groups, group, [&](G d, C) { d.saved_invstd = seven; }, {"saved_invstd has 7", "4"});
  refused(groups, group, [](G, C c) { c.workspace_bytes -= 1; }, {"workspace_bytes"});
  const LayerNormData layer;
  refused(plain, layer, [](L d, C) { d.dst = nullptr; }, {"dst is null"});
  refused(plain, layer, [&](L d, C) { d.residual = r.data(); }, {"residual is given"});
  refused(plain, layer, [&](L d, C) { d.sum = sum.data(); }, {"sum is given"});
  refused(plain, layer, [&](L d, C) { d.gamma = seven; }, {"gamma has 7", "10"});
  refused(plain, layer, [&](L d, C) { d.beta = seven; }, {"beta has 7", "10"});
  refused(plain, layer, [&](L d, C) { d.saved_mean = seven; }, {"saved_mean has 7", "4"});
  refused(plain, layer, [&](L d, C) { d.saved_mean_low = seven; }, {"saved_mean_low has 7", "4"});
  refused(plain, layer, [&](L d, C) { d.saved_invstd = seven; }, {"saved_invstd has 7", "4"});
  refused(rms, layer, [&](L d, C) { d.saved_mean = four; }, {"saved_mean has 4", "0"});
  refused(rms, layer, [&](L d, C) { d.saved_mean_low = four; }, {"saved_mean_low has 4", "0"});
  LayerNormData both;
  both.residual = r.data();
  both.sum = sum.data();
  refused(summed, both, [](L d, C) { d.residual = nullptr; }, {"residual is null"});
  refused(summed, both, [](L d, C) { d.sum = nullptr; }, {"sum is null"});
  refused(summed, both, [&](L d, C) { d.sum = y.data(); }, {"sum and dst overlap"});
  refused(summed, both, [&](L d, C) { d.src = sum.data() + 1; }, {"src and sum overlap"});
  refused(summed, both, [&](L d, C) { d.residual = sum.data() + 1; }, {"residual and sum overlap"});
  refused(summed, both, [&](L d, C) { d.residual = y.data() + 1; }, {"residual and dst overlap"});
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
