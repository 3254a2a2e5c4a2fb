// What training chains refuse: at make(), and of what a run is handed.
#include <cmath>

#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

TrainingChainDesc forward_desc() {
  TrainingChainDesc d;
  d.norm.src = nchw({2, 3, 4, 6});
  d.norm.activation = relu();
  d.norm.mask = true;
  d.pool.window = Window(2);
  d.with_indices = true;
  return d;
}

TrainingChainBackwardDesc backward_desc() {
  TrainingChainBackwardDesc d;
  d.norm.src = nchw({2, 3, 4, 6});
  d.norm.grad_residual = d.norm.src;
  d.norm.mask = true;
  d.pool.window = Window(2);
  d.with_indices = true;
  return d;
}

template <class Change>
void refuse(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  TrainingChainDesc d = forward_desc();
  change(d);
  check_message(TrainingChainPlan::make(d).status, code, words);
}

template <class Change>
void refuse_back(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  TrainingChainBackwardDesc d = backward_desc();
  change(d);
  check_message(TrainingChainBackwardPlan::make(d).status, code, words);
}

}  // namespace

TEST_CASE("training chains that are refused") {
  using D = TrainingChainDesc&;
  refuse([](D d) { d.norm.src.rank = 2; }, {"norm.src.rank is 2"});
  refuse([](D d) { d.norm.epsilon = -1; }, {"norm.epsilon is -1"});
  refuse([](D d) { d.norm.momentum = 2; }, {"norm.momentum is 2"});
  refuse([](D d) { d.norm.activation = {}; }, {"norm.mask is true", "relu"});
  refuse([](D d) { d.norm.dst = nchw({2, 3, 4, 5}); }, {"norm.dst.dims[3] is 5"});
  refuse([](D d) { (d.norm.residual = d.norm.src).strides[0] = 0; }, {"norm.residual.strides[0] is 0"});
  refuse([](D d) { d.norm.src.type = ElementType::u8; }, {"norm.src.type is u8"}, StatusCode::unsupported);
  refuse([](D d) { d.pool.src = d.norm.src; }, {"pool.src is given"});
  refuse([](D d) { d.with_indices = false, d.index_type = IndexType{77}; }, {"index_type is 77, no known value"});
  refuse_back([](TrainingChainBackwardDesc& d) { d.with_indices = false, d.pool.op = PoolOp::average, d.index_type = IndexType{-1}; },
              {"index_type is -1, no known value"});
  refuse([](D d) { d.pool.window.kernel = 0; }, {"pool.kernel[0] is 0"});
  refuse([](D d) { d.pool.dst = nchw({2, 3, 2, 4}); }, {"pool.dst.dims[3] is 4, must be 3"});
  refuse([](D d) { d.pool.dst = nchw({2, 3, 2, 3}, ElementType::f64); }, {"pool.dst.type is f64"});
  refuse([](D d) { d.pool.dst = nhwc({2, 3, 2, 3}); }, {"strides"}, StatusCode::unsupported);
  refuse([](D d) { d.indices = nhwc({2, 3, 2, 3}); }, {"indices.strides"}, StatusCode::unsupported);
  refuse([](D d) { d.indices = nchw({2, 3, 2, 4}); }, {"indices.dims[3] is 4"});
  refuse([](D d) { d.index_type = static_cast<IndexType>(3); }, {"index_type is 3"});
  refuse([](D d) { d.pool.op = PoolOp::average; }, {"with_indices is true", "pool.op is 2", "only max (0)"});
  refuse([](D d) { d.pool.op = static_cast<PoolOp>(9); }, {"pool.op is 9"});
  refuse(
      [](D d) {
        d.with_indices = false;
        d.indices = nchw({2, 3, 2, 3});
      },
      {"indices is given, with_indices is false"});
}

// A mask's bits lie as src does, and one column may lie either way.
TEST_CASE("training chains of one column refuse a mask that could not be read again") {
  TrainingChainDesc d;
  d.norm.src = nhwc({2, 3, 4, 1});
  d.norm.activation = relu();
  d.pool.window = Window({2, 1});
  d.with_indices = true;
  const auto with = [&d](const TensorDesc& dst, const TensorDesc& indices) {
    d.pool.dst = dst;
    d.indices = indices;
    return TrainingChainPlan::make(d).status;
  };
  const TensorDesc first = nchw({2, 3, 2, 1}), last = nhwc({2, 3, 2, 1});
  for (const TensorDesc& dst : {first, last}) {
    for (const TensorDesc& indices : {first, last}) CHECK(with(dst, indices).ok());
  }
  d.norm.mask = true;
  CHECK(with(last, last).ok());
  const auto refuse_mask = [](const Status& s, const char* name) {
    check_message(s, StatusCode::unsupported, {name, "strides[1] must be 1, as norm.src's is, where there is a mask"});
  };
  refuse_mask(with(first, last), "pool.dst.");
  refuse_mask(with(last, first), "indices.");
  refuse_mask(with(first, first), "pool.dst.");
}

TEST_CASE("gradients of training chains that are refused") {
  using D = TrainingChainBackwardDesc&;
  refuse_back([](D d) { d.norm.src.rank = 2; }, {"norm.src.rank is 2"});
  refuse_back([](D d) { d.norm.grad_dst = d.norm.src; }, {"norm.grad_dst is given"});
  refuse_back([](D d) { d.norm.epsilon = NAN; }, {"norm.epsilon", "nan"});
  refuse_back([](D d) { d.norm.grad_src = nchw({2, 3, 4, 7}); }, {"norm.grad_src.dims[3] is 7"});
  refuse_back([](D d) { d.norm.grad_residual.strides[2] = 1; }, {"norm.grad_residual.strides[", "is 1", "overlap"});
  refuse_back([](D d) { d.pool.src = d.norm.src; }, {"pool.src is given"});
  refuse_back([](D d) { d.pool.window.stride = 0; }, {"pool.stride[0] is 0"});
  refuse_back([](D d) { d.with_indices = false; }, {"with_indices is false", "max (0)"});
  refuse_back([](D d) { d.pool.op = PoolOp::min; }, {"with_indices is true", "pool.op is 1"});
  refuse_back([](D d) { d.pool.op = PoolOp::lp; }, {"with_indices is true", "pool.op is 3"});
  refuse_back(
      [](D d) {
        d.with_indices = false;
        d.pool.op = PoolOp::min;
      },
      {"pool.op is min (1)", "max (0), average (2) or lp (3)"}, StatusCode::unsupported);
  refuse_back(
      [](D d) {
        d.with_indices = false;
        d.pool.op = PoolOp::lp;
        d.pool.p = INFINITY;
      },
      {"pool.p is inf"}, StatusCode::unsupported);
  refuse_back(
      [](D d) {
        d.with_indices = false;
        d.pool.op = PoolOp::lp;
        d.pool.p = 3;
      },
      {"pool.p is 3, in a chain"}, StatusCode::unsupported);
  refuse_back([](D d) { d.pool.dst = nhwc({2, 3, 2, 3}); }, {"strides"}, StatusCode::unsupported);
  refuse_back(
      [](D d) {
        d.with_indices = false;
        d.pool.op = PoolOp::average;
        d.pool.dst = nhwc({2, 3, 2, 3});
      },
      {"pool.dst.strides"}, StatusCode::unsupported);
}

TEST_CASE("training chains refuse what they are handed") {
  TrainingChainDesc desc = forward_desc();
  const Result<TrainingChainPlan> plan = TrainingChainPlan::make(desc);
  desc.norm.dst = desc.norm.residual = desc.norm.src;
  const Result<TrainingChainPlan> kept = TrainingChainPlan::make(desc);
  desc = forward_desc();
  desc.norm.mask = desc.with_indices = false;
  const Result<TrainingChainPlan> plain = TrainingChainPlan::make(desc);
  for (const Status& s : {plan.status, kept.status, plain.status}) REQUIRE_MESSAGE(s.ok(), message_of(s));

  const std::vector<float> x(200, 1.0f), r(200, 1.0f);
  std::vector<float> y(200, 5.0f), t(200, 5.0f), four(4, 5.0f);
  std::vector<std::int64_t> places(100, 5);
  std::vector<std::uint8_t> mask(64, 5);
  std::vector<char> workspace(1 << 20);
  using D = TrainingChainData&;
  using C = RunContext&;
  const auto refused = [&](const Result<TrainingChainPlan>& p, auto change, const Words& words) {
    RunContext context{serial_executor(), workspace.data(), p.value.workspace_bytes(serial_executor())};
    TrainingChainData d;
    d.norm.src = x.data();
    d.norm.mask = &p == &plain ? nullptr : mask.data();
    if (&p == &kept) {
      d.norm.residual = r.data();
      d.norm.dst = t.data();
    }
    d.dst = y.data();
    d.indices = &p == &plain ? nullptr : places.data();
    change(d, context);
    check_message(p.value.run(d, context), StatusCode::invalid_argument, words);
    for (const auto* untouched : {&y, &t, &four}) CHECK(*untouched == std::vector<float>(untouched->size(), 5.0f));
    CHECK(places == std::vector<std::int64_t>(100, 5));
    CHECK(mask == std::vector<std::uint8_t>(64, 5));
  };
  refused(plan, [](D d, C) { d.norm.src = nullptr; }, {"norm.src is null"});
  refused(plan, [](D d, C) { d.dst = nullptr; }, {"dst is null"});
  refused(plan, [](D d, C) { d.indices = nullptr; }, {"indices is null"});
  refused(plan, [&](D d, C) { d.indices = reinterpret_cast<char*>(places.data()) + 1; }, {"indices is not aligned"});
  refused(plan, [](D d, C) { d.norm.mask = nullptr; }, {"mask is null"});
  refused(plan, [&](D d, C) { d.norm.dst = t.data(); }, {"norm.dst is given"});
  refused(plan, [&](D d, C) { d.norm.residual = r.data(); }, {"residual is given"});
  refused(plan, [&](D d, C) { d.norm.gamma = four; }, {"gamma has 4"});
  refused(plan, [&](D d, C) { d.norm.running_mean = four; }, {"running_mean has 4"});
  refused(plan, [&](D d, C) { d.norm.saved_invstd = four; }, {"saved_invstd has 4"});
  refused(plan, [](D d, C) { d.norm.batches_tracked = -1; }, {"batches_tracked is -1"});
  refused(plan, [&](D d, C) { d.norm.src = y.data() + 1; }, {"norm.src and dst overlap"});
  refused(plan, [&](D d, C) { d.norm.src = reinterpret_cast<float*>(places.data()); },
          {"norm.src and indices overlap"});
  refused(plan, [&](D d, C) { d.dst = reinterpret_cast<float*>(places.data()) + 2; }, {"dst and indices overlap"});
  refused(plan, [](D, C c) { c.workspace = nullptr; }, {"workspace is null"});
  refused(plan, [](D, C c) { --c.workspace_bytes; }, {"workspace_bytes"});
  TrainingChainData none;
  check_message(plan.value.apply(nullptr, none, {}), StatusCode::invalid_argument, {"moments is null"});
  const Moments moments[3] = {{48, 0, 48}, {48, 0, 48}, {48, 0, 48}};
  check_message(plan.value.apply(moments, none, {}), StatusCode::invalid_argument, {"norm.src is null"});
  refused(kept, [](D d, C) { d.norm.dst = nullptr; }, {"norm.dst is null"});
  refused(kept, [](D d, C) { d.norm.residual = nullptr; }, {"norm.residual is null"});
  refused(kept, [&](D d, C) { d.norm.src = t.data() + 1; }, {"norm.src and norm.dst overlap in part"});
  refused(kept, [&](D d, C) { d.norm.residual = t.data() + 1; }, {"norm.residual and norm.dst overlap in part"});
  refused(kept, [&](D d, C) { d.dst = t.data() + 3; }, {"norm.dst and dst overlap"});
  refused(kept, [&](D d, C) { d.norm.residual = y.data(); }, {"norm.residual and dst overlap"});
  refused(plain, [&](D d, C) { d.indices = places.data(); }, {"indices is given"});
  refused(plain, [&](D d, C) { d.norm.mask = mask.data(); }, {"mask is given"});
}

TEST_CASE("gradients of training chains refuse what they are handed") {
  TrainingChainBackwardDesc desc = backward_desc();
  const Result<TrainingChainBackwardPlan> plan = TrainingChainBackwardPlan::make(desc);
  desc.with_indices = desc.norm.mask = false;
  desc.norm.grad_residual = {};
  desc.pool.op = PoolOp::average;
  desc.norm.training = false;
  const Result<TrainingChainBackwardPlan> plain = TrainingChainBackwardPlan::make(desc);
  desc.pool.op = PoolOp::lp;
  desc.norm.grad_residual = desc.norm.src;
  const Result<TrainingChainBackwardPlan> norms = TrainingChainBackwardPlan::make(desc);
  desc.pool.p = 1;
  const Result<TrainingChainBackwardPlan> signs = TrainingChainBackwardPlan::make(desc);
  for (const auto* p : {&plan, &plain, &norms, &signs}) REQUIRE_MESSAGE(p->ok(), message_of(*p));

  const std::vector<float> x(200, 1.0f), g(200, 1.0f), three(3, 1.0f);
  const std::vector<double> wide(200);
  std::vector<float> y(200, 5.0f), r(200, 5.0f), four(4, 5.0f);
  std::vector<std::int64_t> places(120);
  const std::vector<std::uint8_t> mask(64, 255);
  std::vector<char> workspace(1 << 20);
  using D = TrainingChainBackwardData&;
  using C = RunContext&;
  const auto refused = [&](const Result<TrainingChainBackwardPlan>& p, auto change, const Words& words) {
    RunContext context{serial_executor(), workspace.data(), p.value.workspace_bytes(serial_executor())};
    TrainingChainBackwardData d;
    d.norm.src = x.data();
    d.norm.grad_src = y.data();
    d.norm.mean = d.norm.invstd = d.norm.variance = three;
    d.grad_dst = g.data();
    if (&p == &plan) {
      d.norm.grad_residual = r.data();
      d.norm.mask = mask.data();
      d.indices = places.data();
    }
    if (&p == &norms || &p == &signs) {
      d.norm.grad_residual = r.data();
      d.t = x.data();
      if (&p == &norms) d.dst = g.data();
    }
    change(d, context);
    std::int64_t skipped = 5;
    check_message(p.value.run(d, context, &skipped), StatusCode::invalid_argument, words);
    CHECK(skipped == 5);
    for (const auto* untouched : {&y, &r, &four}) CHECK(*untouched == std::vector<float>(untouched->size(), 5.0f));
    CHECK(places == std::vector<std::int64_t>(120));
  };
  refused(plan, [](D d, C) { d.norm.src = nullptr; }, {"norm.src is null"});
  refused(plan, [](D d, C) { d.norm.grad_src = nullptr; }, {"norm.grad_src is null"});
  refused(plan, [](D d, C) { d.grad_dst = nullptr; }, {"grad_dst is null"});
  refused(plan, [](D d, C) { d.indices = nullptr; }, {"indices is null"});
  refused(plan, [&](D d, C) { d.norm.grad_dst = g.data(); }, {"norm.grad_dst is given"});
  refused(plan, [](D d, C) { d.norm.grad_residual = nullptr; }, {"grad_residual is null"});
  refused(plan, [](D d, C) { d.norm.mask = nullptr; }, {"mask is null"});
  refused(plan, [&](D d, C) { d.norm.gamma = four; }, {"gamma has 4"});
  refused(plan, [](D d, C) { d.norm.mean = {}; }, {"mean is not given"});
  refused(plan, [](D d, C) { d.norm.invstd = {}; }, {"invstd is not given"});
  refused(plan, [&](D d, C) { d.norm.grad_beta = four; }, {"grad_beta has 4"});
  refused(plan, [&](D d, C) { d.norm.src = y.data(); }, {"norm.src and norm.grad_src overlap"});
  refused(plan, [&](D d, C) { d.grad_dst = y.data() + 1; }, {"grad_dst and norm.grad_src overlap"});
  refused(plan, [&](D d, C) { d.grad_dst = r.data() + 1; }, {"grad_dst and norm.grad_residual overlap"});
  refused(plan, [&](D d, C) { d.norm.src = r.data() + 1; }, {"norm.src and norm.grad_residual overlap"});
  refused(plan, [&](D d, C) { d.norm.grad_residual = y.data(); }, {"norm.grad_src and norm.grad_residual overlap"});
  refused(plan, [&](D d, C) { d.norm.grad_src = reinterpret_cast<float*>(places.data()); },
          {"norm.grad_src and indices overlap"});
  refused(plan, [&](D d, C) { d.norm.grad_residual = reinterpret_cast<float*>(places.data()); },
          {"norm.grad_residual and indices overlap"});
  refused(plan, [](D, C c) { --c.workspace_bytes; }, {"workspace_bytes"});
  refused(plain, [](D d, C) { d.norm.variance = {}; }, {"variance is not given"});
  refused(plain, [&](D d, C) { d.indices = places.data(); }, {"indices is given"});
  refused(plain, [&](D d, C) { d.norm.grad_residual = r.data(); }, {"grad_residual is given"});
  for (const auto* p : {&plan, &plain}) {
    refused(*p, [&](D d, C) { d.t = x.data(); }, {"t is given"});
    refused(*p, [&](D d, C) { d.dst = g.data(); }, {"dst is given"});
  }
  for (const auto* p : {&norms, &signs}) {
    refused(*p, [](D d, C) { d.t = nullptr; }, {"t is null", "lp", "norm.dst"});
    refused(*p, [&](D d, C) { d.t = r.data() + 1; }, {"t and norm.grad_residual overlap"});
    refused(*p, [&](D d, C) { d.t = y.data(); }, {"t and norm.grad_src overlap"});
    refused(*p, [&](D d, C) { d.t = wide.data(); }, {"t points at f64"});
  }
  refused(norms, [](D d, C) { d.dst = nullptr; }, {"dst is null", "pool.p 2"});
  refused(norms, [&](D d, C) { d.dst = r.data() + 1; }, {"dst and norm.grad_residual overlap"});
  refused(norms, [&](D d, C) { d.dst = y.data() + 1; }, {"dst and norm.grad_src overlap"});
  refused(signs, [&](D d, C) { d.dst = g.data(); }, {"dst is given"});
}
