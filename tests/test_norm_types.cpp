// Norms and excitation of f16, bf16 and f64: conversions value by value, every combination of parts, and what is
// refused.
#include "support/doctest.hpp"

#include <cstring>

#include <poolnorm/poolnorm.h>

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/element.hpp"
#include "support/excite.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"
#include "support/tensor.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr ElementType types[] = {ElementType::f16, ElementType::bf16, ElementType::f64};

NormCase typed_case(ElementType type, const TensorDesc& src, Values kind, std::uint64_t seed) {
  NormCase norm = norm_case(src, kind, seed);
  norm.set_type(type);
  return norm;
}

}  // namespace

TEST_CASE("every f16 and bf16 through a norm, and every rounding of its results") {
  for (const ElementType type : {ElementType::f16, ElementType::bf16}) {
    NormCase norm;
    norm.explicit_form = true;
    norm.src = nchw({1, 8, 65536}, type);
    norm.x = Dense(dims_of(norm.src));
    for (std::size_t i = 0; i < norm.x.values.size(); ++i) {
      const auto bits = static_cast<std::uint16_t>(i % 65536);
      norm.x.values[i] = static_cast<float>(decode(type, &bits));
    }
    // Halves and quarters of the last place, ties among them; denormals and overflow.
    norm.parameters[0] = {1, -1, 1.5f, 1 + 0x1p-9f, 1 + 0x1p-12f, 0x1p-8f, 3, 0x1.8p-16f};
    norm.parameters[1] = {0, -0.0f, 0, 0, 0x1p-20f, -0.0f, 1e-6f, 0};
    check_norm(norm);
  }
}

TEST_CASE("every type, layout, width, activation and residual") {
  const Activation activations[] = {Activation{}, relu(),       clamp(-0.3f, 0.7f),
                                    leaky_relu(), hard_swish(), hard_sigmoid()};
  for (const ElementType type : types) {
    for (const Layout layout : layouts) {
      std::uint64_t seed = 1;
      for (const std::int64_t width : {1, 7, 15, 16, 17, 33, 64, 65, 131, 1031}) {
        for (const Activation& activation : activations) {
          const bool last = layout == Layout::nhwc;
          const TensorDesc src = packed(layout, {2, last ? width : 3, 3, last ? 5 : width});
          for (const int residual : {0, 1, 2}) {
            NormCase norm = norm_case(src, static_cast<Values>(seed % 6), seed);
            norm.activation = activation;
            norm.explicit_form = seed % 3 == 0;
            if (residual > 0) add_residual(norm, src);
            if (residual == 2) {
              TensorDesc broadcast = src;
              broadcast.strides[last ? 1 : 3] = 0;
              add_residual(norm, broadcast);
            }
            norm.set_type(type);
            check_norm(norm);
            ++seed;
          }
        }
      }
    }
  }
}

TEST_CASE("norms of every type in place, into slices, streamed") {
  for (const ElementType type : types) {
    for (const Layout layout : layouts) {
      const TensorDesc src = packed(layout, {2, 24, 33, 31});
      NormCase norm = typed_case(type, src, Values::special, 3);
      check_norm_stored(norm);
      NormCase sliced = norm_case(channel_slice(packed(layout, {2, 40, 9, 31}), 24));
      sliced.dst = packed(layout, {2, 24, 9, 31});
      add_residual(sliced, sliced.src);
      sliced.set_type(type);
      check_norm(sliced);
    }
  }
}

template <class T>
void check_excitation(const TensorDesc& src, ElementType type) {
  Random random(5);
  ExciteCaseOf<T> c;
  c.desc.src = src;
  c.desc.src.type = type;
  c.desc.activation = hard_swish();
  if constexpr (sizeof(T) == 8) c.x = make_values64(dims_of(src), Values::special, random);
  if constexpr (sizeof(T) == 4) c.x = make_values(c.desc.src, Values::special, random);
  c.scale = make_parameter<T>(src.dims[0] * src.dims[1], -2, 2, random);
  const DenseOf<T> y = c.expected();
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(c.run(how), y) == "");
  });
  const std::vector<double> doubles(c.scale.begin(), c.scale.end());
  const std::vector<float> floats(c.scale.size());
  const ConstElements other = sizeof(T) == 8 ? ConstElements(floats.data()) : ConstElements(doubles.data());
  const Tensor x(c.desc.src, c.x);
  check_message(ExcitePlan::make(c.desc)->run(x.bytes(), other, x.bytes()), StatusCode::invalid_argument, {"scale points at"});
}

TEST_CASE("excitation of every type: each image is the scale/shift of it") {
  for (const Layout layout : layouts) {
    const TensorDesc src = packed(layout, {3, 19, 5, 7});
    for (const ElementType type : types) {
      type == ElementType::f64 ? check_excitation<double>(src, type) : check_excitation<float>(src, type);
    }
  }
}

TEST_CASE("norms of mixed types, and pointers and parameters of another type, are refused") {
  constexpr StatusCode invalid = StatusCode::invalid_argument;
  const std::vector<float> floats(2, 1.0f);
  const std::vector<double> doubles(2, 1.0);
  BatchNormDesc desc;
  desc.src = nchw({1, 2, 4}, ElementType::f64);
  desc.mean = desc.variance = doubles;
  double x[8] = {}, y[8] = {};
  float z[8] = {};
  CHECK(batch_norm(desc, x, y).ok());
  check_message(batch_norm(desc, z, y), invalid, {"src points at f32, the plan's src holds f64"});
  check_message(batch_norm(desc, x, z), invalid, {"dst points at f32, the plan's dst holds f64"});
  desc.residual = desc.src;
  check_message(batch_norm(desc, x, y, z), invalid, {"residual points at f32, the plan's residual holds f64"});
  desc.residual.type = ElementType::f32;
  check_message(batch_norm(desc, x, y, z), invalid, {"residual.type is f32, src has f64"});
  desc.residual = {};
  desc.dst = nchw({1, 2, 4});
  check_message(batch_norm(desc, x, y), invalid, {"dst.type is f32, src has f64"});
  desc.dst = {};
  desc.gamma = floats;
  check_message(batch_norm(desc, x, y), invalid, {"gamma holds f32, must hold f64"});
  desc.src.type = ElementType::bf16;
  check_message(batch_norm(desc, x, y), invalid, {"mean holds f64, must hold f32"});

  float weights[2] = {}, bias[2] = {};
  desc.src.type = ElementType::f32;
  desc.mean = floats;
  check_message(fold_batch_norm(desc, {weights, 2, 1, 1, 1}, bias), invalid, {"variance holds f64, must hold f32"});
}

TEST_CASE("norms of every type through C") {
  for (const ElementType type : types) {
    const NormCase norm = typed_case(type, nchw({2, 3, 5}), Values::signed_uniform, 9);
    const BatchNormDesc desc = norm.batch_norm();
    Tensor x(norm.src);
    const Tensor y(norm.src), c_y(norm.src);
    type == ElementType::f64 ? x.write(norm.wide_x) : x.write(norm.x);
    REQUIRE(batch_norm(desc, x.bytes(), y.bytes()).ok());

    const std::int64_t dims[] = {2, 3, 5};
    poolnorm_batch_norm_desc c = poolnorm_batch_norm_desc_init();
    c.src = poolnorm_nchw(3, dims);
    c.src.type = static_cast<std::int32_t>(type);
    const auto parameter = [&](int i) {
      return type == ElementType::f64 ? poolnorm_doubles_of(norm.wide_parameters[i].data(), 3)
                                      : poolnorm_floats_of(norm.parameters[i].data(), 3);
    };
    c.mean = parameter(0);
    c.variance = parameter(1);
    c.gamma = parameter(2);
    c.beta = parameter(3);
    poolnorm_status status;
    REQUIRE(poolnorm_batch_norm(&c, x.bytes(), c_y.bytes(), nullptr, &status) == POOLNORM_STATUS_CODE_OK);
    CHECK(std::memcmp(y.bytes(), c_y.bytes(), static_cast<std::size_t>(norm.src.elements() * size_of(type))) == 0);

    c.gamma.type = POOLNORM_ELEMENT_TYPE_S8;
    CHECK(poolnorm_batch_norm(&c, x.bytes(), c_y.bytes(), nullptr, &status) != POOLNORM_STATUS_CODE_OK);
    CHECK(std::string(status.message).find("gamma holds s8") != std::string::npos);
  }
}
