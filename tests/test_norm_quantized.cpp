// Norms of s8 and u8: by hand, every element against exact numbers, every part with every width and layout, types that
// differ, extremes, C, refusals.
#include "support/doctest.hpp"

#include <cmath>
#include <cstddef>
#include <cstring>

#include <poolnorm/poolnorm.h>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/refusal.hpp"
#include "support/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr ElementType types[] = {ElementType::s8, ElementType::u8};
constexpr Rounding roundings[] = {Rounding::half_to_even, Rounding::half_away_from_zero};

int lowest(ElementType type) { return type == ElementType::s8 ? -128 : 0; }

// A scale/shift of one channel, whose parameters the caller keeps.
ScaleShiftDesc one_channel(ElementType from, ElementType to, std::int64_t width, const std::vector<float>& scale,
                           const std::vector<float>& shift) {
  ScaleShiftDesc desc;
  desc.src = nchw({1, 1, width}, from);
  desc.dst = nchw({1, 1, width}, to);
  desc.scale = scale;
  desc.shift = shift;
  return desc;
}

void check_values(const ScaleShiftDesc& desc, const std::vector<float>& src, const std::vector<float>& expected,
                  const std::vector<float>& residual = {}) {
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    const Dense x(dims_of(desc.src), src), r(dims_of(desc.src), residual);
    const Dense got = run_norm(desc, x, desc.residual.rank == 0 ? nullptr : &r, how);
    CHECK(difference(got, Dense(got.dims, expected)) == "");
  });
}

// Real numbers, as exactly as f64 has them.
double activate_exactly(const Activation& a, double x) {
  switch (a.kind) {
    case ActivationKind::none: return x;
    case ActivationKind::relu: return std::fmax(x, 0.0);
    case ActivationKind::clamp: return std::fmin(std::fmax(x, static_cast<double>(a.lo)), static_cast<double>(a.hi));
    case ActivationKind::leaky_relu: return x < 0 ? x * static_cast<double>(a.slope) : x;
    case ActivationKind::hard_swish: return x * std::fmin(std::fmax(x + 3, 0.0), 6.0) / 6;
    case ActivationKind::hard_sigmoid: return std::fmin(std::fmax(x + 3, 0.0), 6.0) / 6;
  }
  return x;
}

double real(const Quantization& q, float element) {
  return static_cast<double>(q.scale) * (static_cast<double>(element) - q.zero_point);
}

// What an exact number of steps is in dst.
float element(const NormCase& norm, double steps) {
  const double q = (norm.rounding == Rounding::half_to_even ? std::nearbyint(steps) : std::round(steps)) +
                   norm.dst_quantization.zero_point;
  const double least = lowest(norm.dst.type);
  return static_cast<float>(std::fmin(std::fmax(q, least), least + 255));
}

// The stated bound of a batch norm: 2^-22 (|a x| + |beta - a mean| + |r|) / dst.scale steps from the exact number, and
// a few roundings of an activation.
void check_bound(const NormCase& norm, const Dense& got) {
  const std::int64_t channels = norm.src.dims[1], plane = product(norm.x.dims) / norm.x.dims[0] / channels;
  const auto unit = static_cast<double>(norm.dst_quantization.scale);
  std::size_t wrong = 0, exact = 0;
  for (std::size_t i = 0; i < got.values.size(); ++i) {
    const auto c = i / static_cast<std::size_t>(plane) % static_cast<std::size_t>(channels);
    const auto parameter = [&](int p) { return static_cast<double>(norm.parameters[p][c]); };
    const double a = parameter(2) / std::sqrt(parameter(1) + static_cast<double>(norm.epsilon));
    const double x = real(norm.src_quantization, norm.x.values[i]) * a, b = parameter(3) - parameter(0) * a;
    const double r = norm.residual.rank == 0 ? 0 : real(norm.residual_quantization, norm.r.values[i]);
    const double steps = activate_exactly(norm.activation, x + b + r) / unit;
    const bool exact_activation = norm.activation.kind <= ActivationKind::clamp;
    const double within =
        0x1p-22 * ((std::fabs(x) + std::fabs(b) + std::fabs(r)) / unit + std::fabs(steps)) * (exact_activation ? 1 : 4);
    const float least = element(norm, steps - within), most = element(norm, steps + within);
    wrong += got.values[i] < least || got.values[i] > most;
    exact += least == most;
  }
  CHECK(wrong == 0);
  CHECK(exact > got.values.size() * 9 / 10);
}

const Activation activations[] = {Activation{}, relu(),       relu6(),       clamp(-0.3f, 0.7f),
                                  leaky_relu(), hard_swish(), hard_sigmoid()};

}  // namespace

TEST_CASE("quantised norms by hand") {
  const std::vector<float> two = {2}, half = {0.5f};
  for (const ElementType to : types) {
    const auto zero = static_cast<std::int32_t>(lowest(to) + 3);
    const auto at = [&](float steps) { return static_cast<float>(zero) + steps; };
    // 2 * 0.5 * (q - 10) + 0.5 in quarters.
    ScaleShiftDesc desc = one_channel(ElementType::u8, to, 6, two, half);
    desc.src_quantization = {0.5f, 10};
    desc.dst_quantization = {0.25f, zero};
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(2), at(6), at(-2), at(-3), at(242), at(252)});
    desc.activation = relu();
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(2), at(6), at(0), at(0), at(242), at(252)});
    desc.activation = relu6();
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(2), at(6), at(0), at(0), at(24), at(24)});
    desc.activation = leaky_relu(0.5f);
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(2), at(6), at(-1), at(-3), at(242), at(252)});
    desc.activation = hard_sigmoid();  // clamp(x + 3, 0, 6) / 6 of 0.5, 1.5, -0.5, -1.5, 60.5
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(2), at(3), at(2), at(1), at(4), at(4)});
    desc.activation = hard_swish();  // 0.2917, 1.125, -0.2083, -0.375: halves of a step to even
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(1), at(4), at(-1), at(-2), at(242), at(252)});
    desc.rounding = Rounding::half_away_from_zero;
    check_values(desc, {10, 11, 9, 8, 70, 255}, {at(1), at(5), at(-1), at(-2), at(242), at(252)});
    // With a residual of 0.125 * (r + 4).
    desc.activation = {};
    desc.residual = nchw({1, 1, 6}, ElementType::s8);
    desc.residual_quantization = {0.125f, -4};
    check_values(desc, {10, 11, 9, 8, 10, 10}, {at(2), at(8), at(-2), at(-3), at(3), at(68)}, {-4, 0, -4, 0, -3, 127});
    desc.rounding = Rounding::half_to_even;
    check_values(desc, {10, 11, 9, 8, 10, 10}, {at(2), at(8), at(-2), at(-3), at(2), at(68)}, {-4, 0, -4, 0, -3, 127});
  }
}

TEST_CASE("quantised norms: every element of one type to one of another, ties among them") {
  for (const ElementType from : types) {
    for (const ElementType to : types) {
      for (const Rounding rounding : roundings) {
        NormCase norm;
        norm.explicit_form = true;
        norm.src = nchw({1, 8, 256}, from);
        norm.dst = nchw({1, 8, 256}, to);
        norm.rounding = rounding;
        norm.x = Dense(dims_of(norm.src));
        for (std::size_t i = 0; i < norm.x.values.size(); ++i) {
          norm.x.values[i] = static_cast<float>(lowest(from)) + static_cast<float>(i % 256);
        }
        // Halves and their neighbours, and what saturates.
        norm.parameters[0] = {1, -1, 0.5f, 0.5f, -0.25f, 1.5f, 0x1.000002p-1f, 0x1.fffffep-2f};
        norm.parameters[1] = {0, 0.5f, 0, 0.25f, 7, -0.5f, 0, 0};
        for (const std::int32_t zero : {0, 1, 100, 127, 128, 255}) {
          norm.src_quantization = {1, lowest(from) + zero};
          for (const std::int32_t to_zero : {0, 3, 128, 255}) {
            norm.dst_quantization = {1, lowest(to) + to_zero};
            check_norm(norm);
          }
        }
      }
    }
  }
}

TEST_CASE("quantised norms are within the stated bound of exact numbers") {
  Random random(5);
  for (const ElementType from : types) {
    for (const ElementType to : types) {
      for (const Activation& activation : activations) {
        for (const bool adds : {false, true}) {
          NormCase norm = norm_case(nchw({1, 24, 2, 128}));
          if (adds) add_residual(norm, norm.src);
          norm.dst = norm.src;
          norm.activation = activation;
          norm.quantize(from, to, Values::signed_uniform, random);
          norm.src_quantization.scale = random.uniform(0.01f, 0.1f);
          norm.dst_quantization.scale = random.uniform(0.01f, 0.1f);
          for (std::size_t i = 0; i < norm.x.values.size(); ++i) {
            norm.x.values[i] = static_cast<float>(lowest(from)) + static_cast<float>(i % 256);
          }
          INFO(norm.text());
          check_norm(norm);
          for_each_isa([&](Isa isa) {
            How how;
            how.isa = isa;
            check_bound(norm, norm.run(how));
          });
        }
      }
    }
  }
}

TEST_CASE("quantised norms: every type, layout, width, activation and residual") {
  Random random(7);
  for (const Layout layout : layouts) {
    std::uint64_t seed = 1;
    for (const std::int64_t width : {1, 7, 15, 16, 17, 33, 63, 64, 65, 131, 1031}) {
      for (const Activation& activation : activations) {
        const bool last = layout == Layout::nhwc;
        const TensorDesc src = packed(layout, {2, last ? width : 3, 3, last ? 5 : width});
        for (const int residual : {0, 1, 2}) {
          NormCase norm = norm_case(src, Values::signed_uniform, seed);
          norm.activation = activation;
          norm.explicit_form = seed % 3 == 0;
          if (residual > 0) add_residual(norm, src);
          if (residual == 2) norm.residual.strides[last ? 1 : 3] = 0;
          for (const ElementType from : types) {
            for (const ElementType to : types) {
              norm.quantize(from, to, static_cast<Values>(seed % 6), random);
              check_norm(norm);
            }
          }
          ++seed;
        }
      }
    }
  }
}

TEST_CASE("quantised norms in place, into slices, padded rows, of any rank") {
  Random random(9);
  for (const ElementType type : types) {
    for (const Layout layout : layouts) {
      const TensorDesc src = packed(layout, {2, 24, 33, 31});
      NormCase norm = norm_case(src);
      norm.activation = relu();
      norm.quantize(type, type, Values::special, random);
      check_norm_stored(norm);
      NormCase sliced = norm_case(channel_slice(packed(layout, {2, 40, 9, 31}), 24));
      sliced.dst = packed(layout, {2, 24, 9, 31});
      add_residual(sliced, sliced.src);
      sliced.quantize(type, ElementType::u8, Values::signed_uniform, random);
      check_norm(sliced);
      for (const std::vector<std::int64_t>& dims :
           {std::vector<std::int64_t>{37, 19}, {2, 19, 45}, {1, 70, 5, 6, 7}, {3, 1, 4, 9}}) {
        NormCase any = norm_case(dims.size() == 2 ? nchw({37, 19}) : packed(layout, dims));
        any.quantize(type, ElementType::s8, Values::signed_uniform, random);
        check_norm(any);
      }
    }
    NormCase padded = norm_case(padded_rows(nchw({2, 5, 7, 67}), 80));
    padded.dst = nchw({2, 5, 7, 67});
    padded.quantize(ElementType::s8, type, Values::signed_uniform, random);
    check_norm(padded);
  }
}

TEST_CASE("a quantised norm in place writes another type over src and over a residual") {
  Random random(11);
  for (const Layout layout : layouts) {
    NormCase norm = norm_case(packed(layout, {1, 18, 5, 13}));
    add_residual(norm, norm.src);
    norm.quantize(ElementType::u8, ElementType::s8, Values::signed_uniform, random);
    for_each_isa([&](Isa isa) {
      Result<NormPlan> plan = NormPlan::make(norm.batch_norm(), {isa, StorePolicy::automatic});
      REQUIRE_MESSAGE(plan.ok(), message_of(plan));
      for (const bool over_src : {true, false}) {
        Tensor x(norm.src, norm.x), r(norm.residual, norm.r), y(norm.dst);
        void* const to = over_src ? x.bytes() : r.bytes();
        const auto bytes = static_cast<std::size_t>(norm.src.elements());
        REQUIRE(plan->run(static_cast<const void*>(x.bytes()), static_cast<const void*>(r.bytes()), to).ok());
        std::memcpy(y.bytes(), to, bytes);
        CHECK(difference(y.read(), norm.expected()) == "");
      }
    });
  }
}

TEST_CASE("quantised norms of slices that lie side by side may differ in type") {
  const TensorDesc whole = nhwc({1, 8, 2, 3}, ElementType::u8);
  ScaleShiftDesc desc;
  desc.src = channel_slice(whole, 4);
  desc.dst = desc.src;
  desc.dst.type = ElementType::s8;
  desc.dst_quantization = {1, -128};
  std::vector<std::uint8_t> data(48);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i);
  REQUIRE(scale_shift(desc, data.data(), static_cast<void*>(data.data() + 4)).ok());
  for (std::size_t i = 0; i < data.size(); ++i) CHECK(data[i] == (i % 8 < 4 ? i : (i - 4) ^ 128));
}

TEST_CASE("quantised norms saturate whatever their parameters") {
  constexpr float huge = 3e38f, tiny = 1e-45f;
  for (const ElementType type : types) {
    NormCase norm;
    norm.explicit_form = true;
    norm.src = nchw({1, 8, 256}, type);
    norm.dst = norm.src;
    norm.x = Dense(dims_of(norm.src));
    for (std::size_t i = 0; i < norm.x.values.size(); ++i) {
      norm.x.values[i] = static_cast<float>(lowest(type)) + static_cast<float>(i % 256);
    }
    norm.parameters[0] = {huge, -huge, huge, 0, 0, tiny, -tiny, 1};
    norm.parameters[1] = {0, huge, -huge, huge, -huge, 0, tiny, 0};
    add_residual(norm, norm.src);
    norm.r = norm.x;
    for (const Activation& activation : {Activation{}, relu(), clamp(-huge, huge), clamp(INFINITY, INFINITY),
                                         leaky_relu(huge), leaky_relu(INFINITY), hard_swish(), hard_sigmoid()}) {
      norm.activation = activation;
      for (const float from : {tiny, 1.0f, huge}) {
        for (const float to : {tiny, 1.0f, huge}) {
          norm.src_quantization = {from, lowest(type) + 100};
          norm.residual_quantization = {from, lowest(type) + 90};
          norm.dst_quantization = {to, lowest(type) + 33};
          check_norm(norm);
        }
      }
    }
  }
  const std::vector<float> scale = {huge};
  ScaleShiftDesc desc = one_channel(ElementType::s8, ElementType::u8, 3, scale, {});
  desc.dst_quantization = {1e-30f, 7};
  check_values(desc, {-1, 0, 1}, {0, 7, 255});
}

TEST_CASE("quantised norms in C, and structs from before there were any") {
  const std::int64_t dims[] = {1, 1, 4};
  const float two = 2, one = 1, half = 0.5f;
  const std::uint8_t x[4] = {10, 12, 9, 255};
  const std::int8_t r[4] = {1, 1, 1, 1};
  std::int8_t y[4] = {};
  poolnorm_status status;
  const auto fill = [&](auto& d) {
    d.src = d.dst = d.residual = poolnorm_nchw(3, dims);
    d.src.type = POOLNORM_ELEMENT_TYPE_U8;
    d.dst.type = d.residual.type = POOLNORM_ELEMENT_TYPE_S8;
    d.src_quantization = poolnorm_quantization_of(0.5f, 10);
    d.dst_quantization = poolnorm_quantization_of(2, -1);
    d.residual_quantization = poolnorm_quantization_of(1, 0);
    d.rounding = POOLNORM_ROUNDING_HALF_AWAY_FROM_ZERO;
  };
  poolnorm_scale_shift_desc s = poolnorm_scale_shift_desc_init();
  fill(s);
  s.scale = poolnorm_floats_of(&two, 1);
  REQUIRE(poolnorm_scale_shift(&s, x, y, r, &status) == 0);  // (q - 10 + 1) / 2 - 1
  CHECK((y[0] == 0 && y[1] == 1 && y[2] == -1 && y[3] == 122));
  s.rounding = POOLNORM_ROUNDING_HALF_TO_EVEN;
  REQUIRE(poolnorm_scale_shift(&s, x, y, r, &status) == 0);
  CHECK((y[0] == -1 && y[1] == 1 && y[2] == -1 && y[3] == 122));
  s.reserved = 1;
  CHECK(poolnorm_scale_shift(&s, x, y, r, &status) != 0);
  CHECK(std::string(status.message) == "desc.reserved is 1, must be 0");

  poolnorm_batch_norm_desc b = poolnorm_batch_norm_desc_init();
  fill(b);
  b.epsilon = 0;
  b.mean = b.variance = poolnorm_floats_of(&one, 1);
  b.gamma = poolnorm_floats_of(&two, 1);
  b.beta = poolnorm_floats_of(&half, 1);
  REQUIRE(poolnorm_batch_norm(&b, x, y, r, &status) == 0);  // (q - 10 - 2 + 0.5 + 1) / 2 - 1
  CHECK((y[0] == -1 && y[1] == 0 && y[2] == -2 && y[3] == 121));
  b.rounding = 2;
  CHECK(poolnorm_batch_norm(&b, x, y, r, &status) != 0);
  CHECK(std::string(status.message) == "rounding is 2, no known value");
  b.rounding = 0;

  // Their quantisations are the default: y = 2 (x - 1) + 0.5 + r.
  b.struct_size = offsetof(poolnorm_batch_norm_desc, src_quantization);
  REQUIRE(poolnorm_batch_norm(&b, x, y, r, &status) == 0);
  CHECK((y[0] == 20 && y[1] == 24 && y[2] == 18 && y[3] == 127));
  s.struct_size = offsetof(poolnorm_scale_shift_desc, src_quantization);
  REQUIRE(poolnorm_scale_shift(&s, x, y, r, &status) == 0);
  CHECK((y[0] == 21 && y[1] == 25 && y[2] == 19 && y[3] == 127));
}

TEST_CASE("explain() names the types of a quantised norm") {
  ScaleShiftDesc desc = one_channel(ElementType::u8, ElementType::s8, 4, {}, {});
  CHECK(contains(explain(*NormPlan::make(desc)), "type=u8->s8 "));
  desc.dst = {};
  CHECK(contains(explain(*NormPlan::make(desc)), "type=u8 "));
}

TEST_CASE("quantised norms that are refused") {
  const std::vector<float> one(3, 1.0f);
  const auto refuse = [&](auto change, const Words& words, StatusCode code = StatusCode::invalid_argument) {
    BatchNormDesc desc;
    desc.src = nchw({1, 3, 4}, ElementType::s8);
    desc.mean = desc.variance = one;
    desc.residual = desc.src;
    change(desc);
    check_message(NormPlan::make(desc).status, code, words);
  };
  using Norm = BatchNormDesc&;
  refuse([](Norm d) { d.src_quantization.scale = 0; }, {"src_quantization.scale is 0, must be finite and > 0"});
  refuse([](Norm d) { d.dst_quantization.scale = -2; }, {"dst_quantization.scale is -2"});
  refuse([](Norm d) { d.dst_quantization.scale = NAN; }, {"dst_quantization.scale is nan"});
  refuse([](Norm d) { d.residual_quantization.scale = INFINITY; }, {"residual_quantization.scale is inf"});
  refuse([](Norm d) { d.src_quantization.zero_point = 128; }, {"src_quantization.zero_point is 128", "-128 to 127"});
  refuse([](Norm d) { d.dst_quantization.zero_point = -129; }, {"dst_quantization.zero_point is -129"});
  refuse([](Norm d) { d.residual.type = ElementType::u8, d.residual_quantization.zero_point = -1; },
         {"residual_quantization.zero_point is -1, must be 0 to 255"});
  refuse([](Norm d) { d.rounding = static_cast<Rounding>(2); }, {"rounding is 2, no known value"});
  refuse([](Norm d) { d.dst = nchw({1, 3, 4}); }, {"dst.type is f32, src has s8"});
  refuse([](Norm d) { d.residual.type = ElementType::f16; }, {"residual.type is f16, src has s8"});
  const auto floats = [](Norm d) { d.src.type = d.residual.type = ElementType::f32; };
  refuse([&](Norm d) { floats(d), d.dst = nchw({1, 3, 4}, ElementType::u8); }, {"dst.type is u8, src has f32"});
  refuse([&](Norm d) { floats(d), d.src_quantization.scale = 2; },
         {"src_quantization is given, src has f32: only s8 and u8 are quantised"});
  refuse([&](Norm d) { floats(d), d.dst_quantization.zero_point = 1; }, {"dst_quantization is given, dst has f32"});
  refuse([&](Norm d) { floats(d), d.residual_quantization.scale = NAN; }, {"residual_quantization is given"});
  static const std::vector<double> doubles(3, 1.0);
  refuse([](Norm d) { d.mean = doubles; }, {"mean holds f64, must hold f32"});
  static const std::vector<float> odd = {1, 1, INFINITY}, negative = {1, -1, 1};
  refuse([](Norm d) { d.gamma = odd; }, {"channel 2 is x * inf + -inf, must be finite numbers where dst has 8 bits"});
  refuse([](Norm d) { d.variance = negative; }, {"channel 1 is x *", "nan"});
  refuse([](Norm d) { d.beta = odd; }, {"channel 2", "+ inf"});
  // A residual that is not there has no quantisation.
  BatchNormDesc desc;
  desc.src = nchw({1, 3, 4}, ElementType::s8);
  desc.mean = desc.variance = one;
  desc.residual_quantization.scale = -1;
  CHECK(NormPlan::make(desc).ok());
  const std::int8_t x[12] = {};
  std::uint8_t y[12] = {};
  check_message(batch_norm(desc, x, y), StatusCode::invalid_argument, {"dst points at u8, the plan's dst holds s8"});

  ExciteDesc excite;
  excite.src = desc.src;
  check_message(ExcitePlan::make(excite).status, StatusCode::unsupported, {"src.type is s8, excitation"});
}
