// Poolings that are refused, by every entry point in the same words.
#include <limits>

#include "support/check.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Pool = PoolDesc&;

template <class Change>
void refuse(Change change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
  PoolDesc desc = pool_desc(PoolOp::average, nchw({2, 3, 8, 9}), Window({3, 2}, {2, 1}, {1, 0}));
  change(desc);
  INFO(text_of(desc));
  const BystanderData data;
  check_message(PoolPlan::make(desc).status, code, words);
  check_message(pool_output(desc).status, code, words);
  check_message(pool(desc, data.src(), data.dst()), code, words);
  for_each_isa([&](Isa isa) {
    check_message(PoolPlan::make(desc, {isa, StorePolicy::automatic}).status, code, words);
  });
}

void give_dst(Pool d, const TensorDesc& dst) {
  d.output_size = OutputSize::given;
  d.dst = dst;
}

PoolDesc& adaptive(Pool d) {
  d.kind = PoolKind::adaptive;
  d.window = {};
  return d;
}

// The right dims, but for one stride.
void set_dst_stride(Pool d, int axis, std::int64_t stride) {
  d.dst = nchw({2, 3, 4, 8});
  d.dst.strides[axis] = stride;
}

void double_strides(TensorDesc& t) {
  for (auto& s : t.strides) s *= 2;
}

}  // namespace

TEST_CASE("powers of Lp that are refused") {
  for (const double p : {0.0, -1.0, 0.0009, 1024.5, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    refuse([p](Pool d) { d.op = PoolOp::lp, d.p = p; }, {"p is ", "must be 1/1024 to 1024, or infinity"});
  }
  refuse([](Pool d) { d.op = PoolOp::lp, d.p = -2.5; }, {"p is -2.5, must be 1/1024 to 1024, or infinity"});
  refuse([](Pool d) { d.op = PoolOp::lp, d.p = 1024.56; }, {"p is 1024.56, must"});
  refuse([](Pool d) { d.op = PoolOp::lp, d.src.type = ElementType::s8; }, {"src.type is s8, lp pooling"},
         StatusCode::unsupported);
  refuse([](Pool d) { d.op = PoolOp::lp, d.src.type = ElementType::u8; }, {"src.type is u8"}, StatusCode::unsupported);
  // Nobody else looks at p, nor does Lp at a divisor.
  PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 4}), Window(2));
  desc.p = 7;
  CHECK(PoolPlan::make(desc).ok());
  desc.op = PoolOp::lp;
  desc.p = 1;
  desc.divisor = Divisor::fixed;
  CHECK(PoolPlan::make(desc).ok());
}

TEST_CASE("windows that are refused") {
  refuse([](Pool d) { d.window.kernel = {3, 0}; }, {"kernel[1] is 0", ">= 1"});
  refuse([](Pool d) { d.window.kernel = {-3, 2}; }, {"kernel[0] is -3"});
  refuse([](Pool d) { d.window.stride = {1, 0}; }, {"stride[1] is 0, must be >= 1"});
  refuse([](Pool d) { d.window.stride = -7; }, {"stride", "-7"});
  refuse([](Pool d) { d.window.dilation = {0, 1}; }, {"dilation[0] is 0"});
  refuse([](Pool d) { d.window.padding = {0, -1}; }, {"padding[1] is -1"});
  refuse([](Pool d) { d.window.padding_end = {-2, 0}; }, {"padding_end[0] is -2"});
  refuse([](Pool d) { d.window.kernel = {}; }, {"kernel"});
  refuse([](Pool d) { d.window.kernel = {1, 2, 3}; }, {"kernel", "3"});
  refuse([](Pool d) { d.window.stride = {1, 2, 3, 4}; }, {"stride", "4"});
  refuse([](Pool d) { d.window.padding = {1, 1, 1}; }, {"padding", "3"});
  refuse([](Pool d) { d.window.dilation = {1, 1, 1}; }, {"dilation", "3"});
  refuse([](Pool d) { d.window.kernel.count = -1; }, {"kernel", "-1"});
}

TEST_CASE("outputs that are refused") {
  refuse([](Pool d) { d.window.kernel = {20, 2}; }, {"kernel[0]", "20"});
  refuse([](Pool d) { d.window.dilation = {1, 9}; }, {"kernel[1]"});
  refuse([](Pool d) { d.dst = nchw({2, 3, 4, 9}); }, {"dst.dims[3] is 9", "8"});
  refuse([](Pool d) { d.dst = nchw({2, 4, 4, 8}); }, {"dst.dims[1] is 4", "3"});
  refuse([](Pool d) { d.dst = nchw({1, 3, 4, 8}); }, {"dst.dims[0] is 1", "2"});
  refuse([](Pool d) { d.dst = nchw({2, 3, 8}); }, {"dst.rank is 3", "4"});
  refuse([](Pool d) { d.output_size = OutputSize::given; }, {"dst"});
  refuse([](Pool d) { give_dst(d, nchw({2, 3, 0, 8})); }, {"dst.dims[2] is 0"});
  refuse([](Pool d) { d.output_size = OutputSize::same_upper; }, {"padding[0] is 1"});
  refuse([](Pool d) { adaptive(d); }, {"output"});
  refuse([](Pool d) { adaptive(d).output = 0; }, {"output", "0"});
  refuse([](Pool d) { adaptive(d).output = {3, -2}; }, {"output[1] is -2"});
  refuse([](Pool d) { adaptive(d).output = {1, 2, 3}; }, {"output", "3"});
  const auto valid_with_padding = [](Pool d) {
    d.output_size = OutputSize::valid;
    d.window.padding = 0;
    d.window.padding_end = {0, 4};
  };
  refuse(valid_with_padding, {"padding", "4"});
  const auto dst_of_other_dims = [](Pool d) {
    adaptive(d).output = 3;
    d.dst = nchw({2, 3, 3, 4});
  };
  refuse(dst_of_other_dims, {"dst.dims[3] is 4", "3"});
}

TEST_CASE("divisors that are refused") {
  const auto fixed = [](std::int64_t value) {
    return [value](Pool d) {
      d.divisor = Divisor::fixed;
      d.divisor_override = value;
    };
  };
  refuse(fixed(0), {"divisor_override is 0", ">= 1"});
  refuse(fixed(-4), {"divisor_override is -4"});
  const auto nothing_but_padding = [](Pool d) {
    d.divisor = Divisor::valid;
    d.window = Window(2, 2, 2);
  };
  refuse(nothing_but_padding, {"window", "0"});
  // Beyond the padding there is nothing to count either.
  refuse([](Pool d) { give_dst(d, nchw({2, 3, 4, 20})); }, {"window"});
}

TEST_CASE("tensors that are refused") {
  refuse([](Pool d) { d.src = {}; }, {"src.rank is 0"});
  refuse([](Pool d) { d.src = nchw({2, 3}); }, {"src.rank is 2"});
  refuse([](Pool d) { d.src = nchw({1, 1, 1, 1, 1, 1}); }, {"src.rank is 6"});
  refuse([](Pool d) { d.src.rank = -1; }, {"src.rank is -1"});
  refuse([](Pool d) { d.src.dims[0] = -2; }, {"src.dims[0] is -2"});
  refuse([](Pool d) { d.src.dims[1] = -1; }, {"src.dims[1] is -1"});
  refuse([](Pool d) { d.src.dims[2] = 0; }, {"src.dims[2] is 0", ">= 1"});
  refuse([](Pool d) { d.src = nchw({0, 3, 0, 9}); }, {"src.dims[2] is 0"});
  refuse([](Pool d) { d.src.dims[3] = -9; }, {"src.dims[3] is -9"});
  refuse([](Pool d) { d.src.strides[2] = -9; }, {"src.strides[2]", "-9"});
  refuse([](Pool d) { set_dst_stride(d, 2, 7); }, {"dst.strides[2] is 7", "overlap"});
  refuse([](Pool d) { set_dst_stride(d, 0, 0); }, {"dst.strides[0] is 0"});
  refuse([](Pool d) { set_dst_stride(d, 0, 32); }, {"dst.strides", "32", "overlap"});
}

TEST_CASE("tensors that do not share a walk are not supported") {
  const auto to_nchw = [](Pool d) {
    d.src = nhwc({2, 3, 8, 9});
    d.dst = nchw({2, 3, 4, 8});
  };
  refuse(to_nchw, {"dst.strides"}, StatusCode::unsupported);
  refuse([](Pool d) { d.dst = nhwc({2, 3, 4, 8}); }, {"dst.strides"}, StatusCode::unsupported);
  refuse([](Pool d) { double_strides(d.src); }, {"src.strides"}, StatusCode::unsupported);
}

TEST_CASE("unknown values of a pooling's enums") {
  refuse([](Pool d) { d.op = static_cast<PoolOp>(4); }, {"op is 4"});
  refuse([](Pool d) { d.op = static_cast<PoolOp>(-1); }, {"op is -1"});
  refuse([](Pool d) { d.kind = static_cast<PoolKind>(17); }, {"kind is 17"});
  refuse([](Pool d) { d.output_size = static_cast<OutputSize>(6); }, {"output_size is 6"});
  refuse([](Pool d) { d.divisor = static_cast<Divisor>(4); }, {"divisor is 4"});
  refuse([](Pool d) { d.src.type = static_cast<ElementType>(9); }, {"src.type is 9"});
  refuse([](Pool d) { d.dst = nchw({2, 3, 4, 8}, static_cast<ElementType>(-1)); }, {"dst.type is -1"});
  const PoolDesc desc = pool_desc(PoolOp::max, nchw({1, 1, 4, 4}), Window(2));
  const PlanOptions unknown_isa{static_cast<Isa>(99), StorePolicy::automatic};
  const PlanOptions unknown_store{Isa::best, static_cast<StorePolicy>(5)};
  check_message(PoolPlan::make(desc, unknown_isa).status, StatusCode::invalid_argument, {"isa is 99"});
  check_message(PoolPlan::make(desc, unknown_store).status, StatusCode::invalid_argument, {"store is 5"});
}

TEST_CASE("sizes of poolings beyond 64 bits") {
  const std::string value = std::to_string(most);
  refuse([](Pool d) { d.src = nchw({most, 3, 8, 9}); }, {"src"});
  refuse([](Pool d) { d.src = nchw({most / 2, 3, most / 3, most}); }, {"src"});
  refuse([](Pool d) { d.src.strides[0] = most; }, {"src"});
  refuse([](Pool d) { d.src.strides[0] = most / 4; }, {"src"});  // in bytes
  refuse([](Pool d) { d.window.kernel = {most, 2}; }, {"kernel[0]", value});
  refuse([](Pool d) { d.window.dilation = {most, 1}; }, {"dilation[0]", value});
  refuse([](Pool d) { d.window.padding = {0, most}; }, {"padding[1]", value});
  refuse([](Pool d) { d.window.padding_end = {0, most}; }, {"padding"});
  const auto kernel_times_dilation = [](Pool d) {
    d.window.kernel = {most / 2, 2};
    d.window.dilation = {3, 1};
  };
  refuse(kernel_times_dilation, {"kernel[0]", "dilation[0]"});
  refuse([](Pool d) { d.window = Window(1, 1, most / 8); }, {"dst"});
  const auto stride_times_output = [](Pool d) {
    d.window.stride = {most, 1};
    give_dst(d, nchw({2, 3, 4, 8}));
  };
  refuse(stride_times_output, {"stride[0]"});

  // Every window has a tap on an input, which only looking at each of them tells.
  const std::int64_t apart = 5;
  PoolDesc desc = pool_desc(PoolOp::average, nchw({1, 1, 4}), {});
  desc.divisor = Divisor::valid;
  desc.window = Window(std::int64_t{10} + 1, apart, apart * 10, apart);
  CHECK(PoolPlan::make(desc).ok());
  desc.window = Window((std::int64_t{1} << 40) + 1, apart, apart << 40, apart);
  check_message(PoolPlan::make(desc).status, StatusCode::unsupported, {"padding[0] is 5497558138880"});
}
