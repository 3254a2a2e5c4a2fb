// Layer, RMS, group and instance norm against the reference, bit for bit, and against each other.
#include "support/doctest.hpp"

#include "support/cases.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/row_norms.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using Dims1 = std::vector<std::int64_t>;

LayerNormCase layer_case(const Dims1& dims, int axis, bool centred) {
  LayerNormCase c;
  c.desc = centred ? layer_norm(packed(Layout::nchw, dims), axis) : rms_norm(packed(Layout::nchw, dims), axis);
  c.x = normal_values(dims, 2, 3);
  c.r = normal_values(dims, -1, 1, 9);
  std::int64_t width = 1;
  for (std::size_t i = static_cast<std::size_t>(axis); i < dims.size(); ++i) width *= dims[i];
  Random random(3);
  c.gamma = make_parameter(width, -2, 2, random);
  c.beta = make_parameter(width, -1, 1, random);
  return c;
}

GroupNormCase group_case(Layout layout, const Dims1& dims, std::int64_t groups) {
  GroupNormCase c;
  c.desc.src = packed(layout, dims);
  c.desc.groups = groups;
  c.x = normal_values(dims, 2, 3);
  Random random(3);
  c.gamma = make_parameter(dims[1], -2, 2, random);
  c.beta = make_parameter(dims[1], -1, 1, random);
  return c;
}

}  // namespace

TEST_CASE("layer and RMS norm: every width, with and without parameters, residual and sum") {
  for (bool centred : {true, false}) {
    for (std::int64_t width : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 768, 1023, 1024, 1025, 4099}) {
      INFO("width ", width, " centred ", centred);
      LayerNormCase c = layer_case({5, width}, 1, centred);
      check_rows(c);
      for (int given = 0; given < 8; ++given) {
        LayerNormCase some = c;
        if (given & 1) some.gamma.clear();
        if (given & 2) some.beta.clear();
        if (given & 4) some.desc.residual = some.desc.src;
        check_rows(some);
        if (given & 4) {
          some.desc.sum = some.desc.src;
          check_rows(some);
          check_rows(some, {}, Alias::none, Alias::src);
          check_rows(some, {}, Alias::none, Alias::residual);
          check_rows(some, {}, Alias::src, Alias::residual);
          check_rows(some, {}, Alias::residual, Alias::src);
        }
      }
      check_rows(c, {}, Alias::src);
      c.desc.residual = c.desc.src;
      check_rows(c, {}, Alias::src);
      check_rows(c, {}, Alias::residual);
    }
  }
}

TEST_CASE("layer norm: any trailing axes, rows apart, executors") {
  for (int axis = 1; axis < 5; ++axis) {
    LayerNormCase c = layer_case({3, 4, 5, 6, 40}, axis, true);
    check_rows(c);
    c.desc.src.strides[0] += 3;
    c.desc.dst = c.desc.src;
    c.desc.dst.strides[0] += 5;
    check_rows(c);
  }
  for (bool centred : {true, false}) {
    LayerNormCase c = layer_case({301, 1023}, 1, centred);
    const NormResult expected = c.expected();
    for (const NamedExecutor& named : host_executors()) {
      INFO(named.name);
      How how;
      how.executor = named.executor;
      for (StorePolicy store : {StorePolicy::cached, StorePolicy::streaming}) {
        how.store = store;
        CHECK(difference(c.run(how), expected) == "");
      }
    }
  }
}

TEST_CASE("group and instance norm: shapes, groups, layouts, executors") {
  for (Layout layout : layouts) {
    for (const auto& shape : std::vector<std::pair<Dims1, std::int64_t>>{
             {{2, 6, 5, 7}, 3},  {{2, 6, 5, 7}, 1},     {{3, 6, 40}, 6},       {{3, 12}, 3},  {{3, 12}, 12},
             {{3, 12}, 1},       {{2, 34, 3, 3, 3}, 17}, {{1, 64, 33, 32}, 32}, {{4, 192, 6, 6}, 2},
             {{9, 40, 21, 20}, 8}, {{2, 96, 1, 1}, 4},    {{70, 3, 4, 4}, 3},    {{1, 2, 130, 131}, 1}}) {
      const auto& dims = shape.first;
      const std::int64_t groups = shape.second;
      INFO(dims_text(dims), " groups ", groups, " ", std::string(name(layout)));
      GroupNormCase c = group_case(layout, dims, groups);
      check_rows(c);
      check_rows(c, {}, Alias::src);
      const NormResult expected = c.expected();
      for (const NamedExecutor& named : host_executors()) {
        INFO(named.name);
        How how;
        how.executor = named.executor;
        CHECK(difference(c.run(how), expected) == "");
      }
      c.gamma.clear();
      c.beta.clear();
      check_rows(c);
    }
  }
}

TEST_CASE("group norm: strides and placements") {
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const Layout layout = random.pick({Layout::nchw, Layout::nhwc});
    const auto dims = random.pick<Dims1>({{3, 18, 7, 9}, {2, 6, 12, 35}, {2, 3, 4, 5, 6}, {2, 33, 40, 41}});
    GroupNormCase c = group_case(layout, dims, random.pick<std::int64_t>({1, 3, dims[1]}));
    c.desc.src = random_strides(layout, dims, random);
    c.desc.dst = random_strides(layout, dims, random);
    INFO(text_of(c.desc.src), " ", text_of(c.desc.dst));
    check_rows(c, random_how(Isa::best, product(dims), random));
  }
}

TEST_CASE("one group is layer norm and C groups are instance norm, bit for bit") {
  for (const Dims1& dims : {Dims1{2, 6, 5, 7}, Dims1{3, 24}, Dims1{2, 5, 33, 40}}) {
    LayerNormCase layer = layer_case(dims, 1, true);
    layer.gamma.clear();
    layer.beta.clear();
    for (Layout layout : layouts) {
      GroupNormCase group = group_case(layout, dims, 1);
      group.gamma.clear();
      group.beta.clear();
      CHECK(difference(group.run({}), layer.run({})) == "");
    }
  }
  const Dims1 dims = {3, 6, 9, 8};
  GroupNormCase instance = group_case(Layout::nchw, dims, 6);
  CHECK(instance_norm(instance.desc.src).groups == 6);
  // One image's instance norm is batch norm of that image alone.
  for (std::int64_t n = 0; n < 3; ++n) {
    TrainingCase batch = training_case(packed(Layout::nchw, {1, 6, 9, 8}), instance.x.image(n));
    batch.gamma = instance.gamma;
    batch.beta = instance.beta;
    CHECK(difference(instance.run({}).y.image(n), batch.run({}).y) == "");
  }
}
