// Excitation: each image is the scale/shift of it.
#include "support/doctest.hpp"

#include "support/check.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/reference.hpp"
#include "support/refusal.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

struct ExciteCase {
  ExciteDesc desc;
  Dense x, r;
  std::vector<float> scale;
};

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

Dense expected(const ExciteCase& c) {
  Dense y(c.x.dims);
  const auto per_image = static_cast<std::int64_t>(c.x.values.size()) / c.x.dims[0], channels = c.x.dims[1];
  for (std::int64_t n = 0; n < c.x.dims[0]; ++n) {
    const Dense x = c.x.image(n);
    const Dense r = c.desc.residual.rank == 0 ? Dense{} : c.r.image(n);
    const std::vector<float> scale(c.scale.data() + n * channels, c.scale.data() + (n + 1) * channels);
    ScaleShiftDesc d;
    d.src = packed(Layout::nchw, x.dims);
    if (c.desc.residual.rank != 0) d.residual = d.src;
    d.scale = scale;
    d.activation = c.desc.activation;
    const Dense one = reference::scale_shift(d, x, c.desc.residual.rank == 0 ? nullptr : &r);
    std::copy_n(one.values.data(), per_image, y.values.data() + n * per_image);
  }
  return y;
}

void check_excite(const ExciteCase& c, Alias alias = Alias::none, const Executor& executor = serial_executor()) {
  INFO(text_of(c.desc.src));
  const Dense y = expected(c);
  for_each_isa([&](Isa isa) {
    Result<ExcitePlan> plan = ExcitePlan::make(c.desc, {isa, StorePolicy::automatic});
    REQUIRE_MESSAGE(plan.ok(), message_of(plan));
    CHECK(runs_on(*plan, isa));
    const TensorDesc dst_desc = c.desc.dst.rank == 0 ? c.desc.src : c.desc.dst;
    const Tensor src(c.desc.src, c.x), own(dst_desc);
    const Tensor r(c.desc.residual.rank == 0 ? c.desc.src : c.desc.residual, c.desc.residual.rank == 0 ? c.x : c.r);
    const Tensor scale(nchw({1, 1, static_cast<std::int64_t>(c.scale.size())}),
                       {{1, 1, static_cast<std::int64_t>(c.scale.size())}, c.scale});
    const Tensor& dst = alias == Alias::src ? src : alias == Alias::residual ? r : own;
    const RunContext context{executor, nullptr, 0};
    const Status status = c.desc.residual.rank == 0
                              ? plan->run(src.data(), scale.data(), dst.data(), context)
                              : plan->run(src.data(), scale.data(), r.data(), dst.data(), context);
    REQUIRE_MESSAGE(status.ok(), message_of(status));
    CHECK(dst.gaps_untouched());
    CHECK(difference(dst.read(), y) == "");
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
