// What C asks for is what C++ asks for, bit for bit; the rules of struct_size.
#include "support/doctest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <poolnorm/poolnorm.hpp>

#include "support/check.hpp"
#include "support/values.hpp"
#include "test_c_case.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

const std::vector<float> mean{0.5f, -1, 2, 0, 0.25f, 3}, variance{1, 4, 0.5f, 2, 0.125f, 9};
const std::vector<float> gamma_{1, -2, 0.5f, 3, 1, 0.75f}, beta{0, 1, -1, 0.5f, 2, -0.25f};

// The requests of test_c_api.c in C++, in its order.
struct CppCase : CppRequest {
  Status run_pool(const PoolDesc& d) {
    Result<PoolPlan> plan = PoolPlan::make(d, options);
    if (!plan) return plan.status;
    return plan->run(x, y, context(plan->workspace_bytes(default_executor())));
  }
  PoolDesc desc(PoolOp op, PoolKind kind = PoolKind::sliding) const {
    PoolDesc d;
    d.op = op;
    d.kind = kind;
    d.src = src;
    return d;
  }
  BatchNormDesc norm() const {
    BatchNormDesc d;
    d.src = src;
    d.mean = mean;
    d.variance = variance;
    return d;
  }

  Status average_ceil() {
    PoolDesc d = desc(PoolOp::average);
    d.window = Window(3, {2, 3}, {1, 0}, {2, 1});
    d.window.padding_end = {0, 2};
    d.output_size = OutputSize::ceil;
    d.divisor = Divisor::valid;
    return run_pool(d);
  }
  Status average_fixed() {
    PoolDesc d = desc(PoolOp::average);
    d.window = Window(3, 2, 1);
    d.divisor = Divisor::fixed;
    d.divisor_override = 7;
    return run_pool(d);
  }
  Status listed_max() {
    static const std::int64_t rows[] = {0, 2, 3, 7}, columns[] = {1, 1, 8};
    PoolDesc d = desc(PoolOp::max, PoolKind::listed);
    d.window = Window(2);
    d.starts[0] = {rows, 4};
    d.starts[1] = {columns, 3};
    return run_pool(d);
  }
  Status adaptive_max() {
    PoolDesc d = desc(PoolOp::max, PoolKind::adaptive);
    d.output = {4, 3};
    return run_pool(d);
  }
  Status global_min_into_slice() {
    PoolDesc d = desc(PoolOp::min, PoolKind::global);
    d.dst = channel_slice(nhwc({2, 12, 1, 1}), 6);
    return run_pool(d);
  }
  Status batch_norm_plan() {
    BatchNormDesc d = norm();
    d.residual = src;
    d.gamma = gamma_;
    d.beta = beta;
    d.epsilon = 0.001f;
    d.activation = clamp(-1, 2);
    Result<NormPlan> plan = NormPlan::make(d, options);
    return plan ? plan->run(x, r, y) : plan.status;
  }
  Status scale_shift_plan() {
    ScaleShiftDesc d;
    d.src = src;
    d.scale = gamma_;
    d.shift = beta;
    d.activation = leaky_relu(0.25f);
    Result<NormPlan> plan = NormPlan::make(d, options);
    return plan ? plan->run(x, y) : plan.status;
  }
  Status chain_plan() {
    ChainDesc d;
    d.src = d.residual = d.intermediate = src;
    d.before = Affine::batch_norm(mean, variance);
    d.activation = relu();
    d.add(PoolOp::max, Window(5, 1, 2));
    d.add(PoolOp::max, Window(5, 1, 2)).of = 0;
    ChainPool& head = d.add_global(PoolOp::average);
    head.after = Affine::scale_shift(gamma_);
    head.activation = hard_sigmoid();
    ChainData data;
    data.src = x;
    data.residual = r;
    data.intermediate = y;
    for (int i = 0; i < 3; ++i) data.dst[i] = y + (i + 1) * c_case_floats;
    Result<ChainPlan> plan = ChainPlan::make(d, options);
    return plan ? plan->run(data, context(plan->workspace_bytes(default_executor()))) : plan.status;
  }
  Status excite_plan() {
    ExciteDesc d;
    d.src = src;
    d.activation = hard_swish();
    Result<ExcitePlan> plan = ExcitePlan::make(d, options);
    return plan ? plan->run(x, r, y) : plan.status;
  }
  Status response() {
    LocalResponseNormDesc d;
    d.src = d.dst = src;
    if (const Status s = local_response_norm(d, x, y); !s) return s;
    d.size = 2;
    d.window = ResponseWindow::upper;
    d.alpha = 0.5;
    d.beta = 1.5;
    d.k = 2;
    Result<LocalResponseNormPlan> plan = LocalResponseNormPlan::make(d, options);
    if (!plan) return plan.status;
    const Status s = plan->run(x, y + c_case_floats, context(plan->workspace_bytes(default_executor())));
    const LocalResponseNormBackwardDesc back{src, src, src, d.size, d.window, d.alpha, d.beta, d.k};
    Result<LocalResponseNormBackwardPlan> gradient = LocalResponseNormBackwardPlan::make(back, options);
    if (!s || !gradient) return s ? gradient.status : s;
    return gradient->run(x, r, y + 2 * c_case_floats, context(gradient->workspace_bytes(default_executor())));
  }
  Status poolings_back() {
    MaxIndicesDesc d;
    d.pool.src = src;
    d.pool.window = Window(3, 2, 1);
    d.index_type = IndexType::i32;
    d.index_order = IndexOrder::column_major;
    d.index_scope = IndexScope::tensor;
    void* const indices = y + 400;
    memory.resize(1 << 20);
    const RunContext context{default_executor(), memory.data(), memory.size()};
    Result<MaxIndicesPlan> plan = MaxIndicesPlan::make(d, options);
    Result<MaxPoolBackwardPlan> backward = MaxPoolBackwardPlan::make(d, options);
    Result<MaxUnpoolPlan> unpool = MaxUnpoolPlan::make(d, options);
    PoolDesc average = d.pool, lp = d.pool;
    average.op = PoolOp::average;
    lp.op = PoolOp::lp;
    lp.p = 1;
    Result<LpPoolBackwardPlan> lp_backward = LpPoolBackwardPlan::make(lp, options);
    Result<AveragePoolBackwardPlan> average_backward = AveragePoolBackwardPlan::make(average, options);
    const Status all[] = {
        plan ? plan->run(x, y, indices, context) : plan.status,
        backward ? backward->run(r, indices, y + c_case_floats, context) : backward.status,
        unpool ? unpool->run(r, indices, y + 2 * c_case_floats, context) : unpool.status,
        lp_backward ? lp_backward->run(x, nullptr, r, y + 3 * c_case_floats, context) : lp_backward.status,
        Status((std::copy_n(y + 3 * c_case_floats, 300, y + 800), Status())),
        average_backward ? average_backward->run(r, y + 3 * c_case_floats, context) : average_backward.status,
    };
    return first_refusal(all);
  }
  Status fold() {
    std::copy_n(x, 66, y);
    return fold_batch_norm(norm(), {y, 6, 10, 10, 1}, y + 60);
  }
  Status one_line() {
    const Window w(3, 2, 1);
    BatchNormDesc n = norm();
    n.activation = relu6();
    PoolDesc d = desc(PoolOp::max);
    d.window = w;
    PoolDesc most = d;
    most.op = PoolOp::lp;
    most.p = HUGE_VAL;
    const Status all[] = {
        max_pool(x, src, y, w),
        min_pool(x, src, y + 360, w),
        average_pool(x, src, y + 720, w, Divisor::full_kernel),
        pool(d, x, y + 1080),
        adaptive_max_pool(x, src, y + 1440, {2, 5}),
        adaptive_average_pool(x, src, y + 1560, {2, 5}),
        global_max_pool(x, src, y + 1680),
        global_average_pool(x, src, y + 1692),
        fused_stem(n, x, y + 1704, w),
        fused_stem(n, x, y + 2064),
        fused_head(n, x, y + 2424),
        fused_transition(n, x, y + 2436),
        lp_pool(x, src, y + 2676, w, 1),
        global_lp_pool(x, src, y + 3036),
        pool(most, x, y + 3048),
    };
    return first_refusal(all);
  }
  Status one_line_f32() {
    const Window w(3, 2, 1);
    const void* const any = x;
    const auto at = [&](int i) { return static_cast<void*>(y + i); };
    const Status all[] = {
        max_pool(any, src, at(0), w),
        min_pool(any, src, at(360), w),
        average_pool(any, src, at(720), w, Divisor::full_kernel),
        lp_pool(any, src, at(1080), w, 1),
        adaptive_max_pool(any, src, at(1440), {2, 5}),
        adaptive_average_pool(any, src, at(1560), {2, 5}),
        global_max_pool(any, src, at(1680)),
        global_average_pool(any, src, at(1692)),
        global_lp_pool(any, src, at(1704)),
    };
    return first_refusal(all);
  }
  Status one_line_norms() {
    ScaleShiftDesc shifted;
    shifted.src = src;
    shifted.shift = beta;
    ExciteDesc scaled;
    scaled.src = src;
    const Status all[] = {
        batch_norm(norm(), x, y),
        fused_residual(norm(), x, r, y + c_case_floats),
        scale_shift(shifted, x, y + 2 * c_case_floats),
        excite(scaled, x, r, y + 3 * c_case_floats),
    };
    return first_refusal(all);
  }

  Status statistics() {
    const RunContext c = context(1 << 22);
    float saved[18];
    BatchNormTrainingDesc training;
    training.src = src;
    BatchNormTrainingData data;
    data.src = r;
    data.dst = y;
    data.gamma = gamma_;
    data.beta = beta;
    data.saved_mean = {saved, 6};
    data.saved_mean_low = {saved + 6, 6};
    data.saved_invstd = {saved + 12, 6};
    BatchNormBackwardDesc backward;
    backward.src = src;
    BatchNormBackwardData gradients;
    gradients.src = r;
    gradients.grad_dst = y;
    gradients.grad_src = y + c_case_floats;
    gradients.gamma = gamma_;
    gradients.mean = {saved, 6};
    gradients.mean_low = {saved + 6, 6};
    gradients.invstd = {saved + 12, 6};
    GroupNormDesc group;
    group.src = src;
    group.groups = 3;
    GroupNormData group_data;
    group_data.src = r;
    group_data.dst = y + 2 * c_case_floats;
    group_data.gamma = gamma_;
    LayerNormData layer_data;
    layer_data.src = r;
    layer_data.dst = y + 3 * c_case_floats;
    layer_data.saved_invstd = {saved, 12};
    LayerNormBackwardDesc layer_backward;
    layer_backward.src = layer_backward.grad_sum = nchw({12, 99});
    layer_backward.statistics = RowStatistics::mean_square;
    LayerNormBackwardData layer_gradients;
    layer_gradients.src = layer_gradients.grad_sum = r;
    layer_gradients.grad_dst = y + 3 * c_case_floats;
    layer_gradients.grad_src = layer_data.dst;
    layer_gradients.invstd = {saved, 12};
    layer_gradients.grad_beta = {y + 2 * c_case_floats, 99};
    const auto run = [&](const auto& made, const auto& d) { return made.ok() ? made.value.run(d, c) : made.status; };
    const Status all[] = {
        run(BatchNormTrainingPlan::make(training, options), data),
        run(BatchNormBackwardPlan::make(backward, options), gradients),
        run(GroupNormPlan::make(group, options), group_data),
        run(LayerNormPlan::make(rms_norm(nchw({12, 99})), options), layer_data),
        run(LayerNormBackwardPlan::make(layer_backward, options), layer_gradients),
    };
    return first_refusal(all);
  }

  template <std::size_t count>
  static Status first_refusal(const Status (&all)[count]) {
    for (const Status& s : all) {
      if (!s) return s;
    }
    return {};
  }
};

constexpr Status (CppCase::*cpp_cases[])() = {
    &CppCase::average_ceil,
    &CppCase::average_fixed,
    &CppCase::adaptive_max,
    &CppCase::listed_max,
    &CppCase::global_min_into_slice,
    &CppCase::batch_norm_plan,
    &CppCase::scale_shift_plan,
    &CppCase::chain_plan,
    &CppCase::excite_plan,
    &CppCase::fold,
    &CppCase::one_line,
    &CppCase::one_line_f32,
    &CppCase::one_line_norms,
    &CppCase::statistics,
    &CppCase::poolings_back,
    &CppCase::response,
};
constexpr int own_count = static_cast<int>(sizeof cpp_cases / sizeof *cpp_cases);
constexpr int case_count = own_count + c_options_count;

}  // namespace

TEST_CASE("numbers of each dim that are null are refused") {
  poolnorm_pool_desc d = poolnorm_pool_desc_init();
  const std::int64_t dims[] = {1, 2, 8, 8};
  d.src = poolnorm_nchw(4, dims);
  d.window.kernel = poolnorm_spatial_all(2);
  poolnorm_tensor_desc dst;
  poolnorm_status status;
  CHECK(poolnorm_pool_output(&d, &dst, &status) == POOLNORM_STATUS_CODE_OK);
  d.window.padding = poolnorm_spatial_each(2, nullptr);
  CHECK(poolnorm_pool_output(&d, &dst, &status) == POOLNORM_STATUS_CODE_INVALID_ARGUMENT);
  CHECK(std::string(status.message) == "padding has -1 values, src has 2 spatial dims");
}

TEST_CASE("C and C++ give the same bits") {
  const std::vector<float> x = make_values({2, 6, 9, 11}, Values::special, 3).values;
  const std::vector<float> r = make_values({2, 6, 9, 11}, Values::signed_uniform, 4).values;
  REQUIRE(x.size() == c_case_floats);
  CHECK(c_case(case_count, 0, 0, nullptr, nullptr, nullptr, nullptr) == -1);
  for_each_isa([&](Isa isa) {
    for (bool last : {false, true}) {
      for (int i = 0; i < case_count; ++i) {
        CAPTURE(i);
        CAPTURE(last);
        std::vector<float> from_c(4 * x.size(), -7), from_cpp = from_c;
        poolnorm_status status{};
        const int code = c_case(i, last, static_cast<int>(isa), x.data(), r.data(), from_c.data(), &status);
        REQUIRE_MESSAGE(code == 0, std::string(status.message));
        CppCase cpp{{last ? nhwc({2, 6, 9, 11}) : nchw({2, 6, 9, 11}),
                     {isa, StorePolicy::automatic},
                     x.data(),
                     r.data(),
                     from_cpp.data(),
                     {}}};
        const Status cpp_status = i < own_count ? (cpp.*cpp_cases[i])() : cpp_options_cases[i - own_count](cpp);
        REQUIRE_MESSAGE(cpp_status.ok(), message_of(cpp_status));
        CHECK(std::memcmp(from_c.data(), from_cpp.data(), sizeof(float) * from_c.size()) == 0);
        CHECK(from_c != std::vector<float>(from_c.size(), -7));
      }
    }
  });
}

TEST_CASE("C refuses by name: null arguments, struct sizes, values") { CHECK(c_refusals() == 0); }
