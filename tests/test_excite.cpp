// Excitation: each image is the scale/shift of it.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/excite.hpp"
#include "support/executors.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using ExciteCase = ExciteCaseOf<float>;

ExciteCase excite_case(const TensorDesc& src, bool residual, const Activation& activation, std::uint64_t seed) {
  ExciteCase c;
  c.desc.src = src;
  c.desc.activation = activation;
  c.x = make_values(dims_of(src), Values::special, seed);
  if (residual) {
    c.desc.residual = src;
    c.r = make_values(dims_of(src), Values::signed_uniform, seed + 1);
  }
  Random random(seed);
  c.scale = make_parameter(src.dims[0] * src.dims[1], -1, 1, random);
  return c;
}

void check_excite(const ExciteCase& c, Alias alias = Alias::none, const Executor& executor = serial_executor()) {
  INFO(text_of(c.desc.src));
  const Dense y = c.expected();
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    how.executor = executor;
    CHECK(difference(c.run(how, alias), y) == "");
  });
}

}  // namespace

TEST_CASE("excitation scales every channel of every image by its own") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{3, 19, 5, 7},
                                                  {2, 64, 1, 1},
                                                  {5, 3},
                                                  {2, 33, 2, 3, 9},
                                                  {1, 1, 4, 40},
                                                  {4, 40, 30, 31}}) {
      for (bool residual : {false, true}) {
        for (const Activation& activation : {Activation{}, relu(), hard_swish()}) {
          Random random(3);
          ExciteCase c = excite_case(packed(layout, dims), residual, activation, 11);
          check_excite(c);
          check_excite(c, Alias::src, reversed_executor());
          if (residual) check_excite(c, Alias::residual, reversed_executor());
          if (dims.size() == 2) continue;
          c.desc.dst = random_strides(layout, dims, random);
          check_excite(c, Alias::none, shared_pool(3).executor());
        }
      }
    }
  }
}

TEST_CASE("excitation: a residual that is broadcast along any dims") {
  for (Layout layout : layouts) {
    for (int mask = 1; mask < 16; ++mask) {
      ExciteCase c = excite_case(packed(layout, {2, 19, 5, 7}), true, relu(), 11);
      c.desc.residual = broadcast(c.desc.src, mask);
      c.r = Tensor(c.desc.residual, c.r).read();  // what memory holds
      check_excite(c);
      check_excite(c, Alias::src);
    }
  }
}

TEST_CASE("excitation refuses as norms do, and scales that are missing or overwritten") {
  const ExciteCase c = excite_case(nchw({2, 3, 4, 5}), false, relu(), 1);
  const Tensor src(c.desc.src, c.x), dst(c.desc.src);
  constexpr StatusCode invalid = StatusCode::invalid_argument;
  check_message(excite(c.desc, nullptr, c.scale.data(), dst.data()), invalid, {"src is null"});
  check_message(excite(c.desc, src.data(), nullptr, dst.data()), invalid, {"scale is null"});
  check_message(excite(c.desc, src.data(), c.scale.data(), nullptr), invalid, {"dst is null"});
  check_message(excite(c.desc, src.data(), dst.data() + 3, dst.data()), invalid, {"scale and dst overlap"});
  std::vector<float> memory(6 + 120, 1.0f);  // the scales, then dst
  check_message(excite(c.desc, src.data(), memory.data(), memory.data() + 5), invalid, {"scale and dst overlap"});
  CHECK(memory == std::vector<float>(126, 1.0f));
  CHECK(excite(c.desc, src.data(), memory.data(), memory.data() + 6).ok());
  check_message(excite(c.desc, src.data(), c.scale.data(), dst.data(), src.data()), invalid, {"residual is given"});
  ExciteDesc bad = c.desc;
  bad.activation = clamp(2, 1);
  check_message(excite(bad, src.data(), c.scale.data(), dst.data()), invalid, {"activation.lo"});
  bad = c.desc;
  bad.src.dims[0] = 0;
  CHECK(excite(bad, nullptr, nullptr, nullptr).ok());
  CHECK(dst.untouched());
}
