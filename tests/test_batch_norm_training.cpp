// Batch norm in training against the reference, bit for bit: shapes, layouts, residual, activation, mask,
// running statistics, in place, threads.
#include "support/doctest.hpp"

#include "support/cases.hpp"
#include "support/compare.hpp"
#include "support/executors.hpp"
#include "support/training.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

using DimsList = std::vector<std::vector<std::int64_t>>;

TrainingCase any_case(Layout layout, const std::vector<std::int64_t>& dims, std::uint64_t seed = 1) {
  return training_case(packed(layout, dims), normal_values(dims, 3, 2, seed), seed);
}

// Leaves of one and of several images, blocks of 1024 and rests, vectors and tails of channels.
const DimsList shapes = {{1, 1, 1},        {2, 3, 1, 1},     {7, 5, 3, 3},   {130, 9},        {65, 1},
                         {3, 17, 7, 7},    {33, 20, 2, 2},   {2, 19, 9, 8},  {1, 3, 32, 32},  {1, 3, 32, 33},
                         {5, 130, 33, 1},  {2, 2, 67, 61},   {3, 4, 5, 6, 7}, {1, 37, 4097},  {6, 33, 1, 64},
                         {200, 16},        {9, 257, 2, 3}};

}  // namespace

TEST_CASE("training: any shape in both layouts") {
  for (Layout layout : layouts) {
    for (const auto& dims : shapes) {
      INFO(dims_text(dims), " ", std::string(name(layout)));
      TrainingCase c = any_case(layout, dims);
      c.desc.unbiased_variance = product(dims) / dims[1] > 1;
      check_training(c);
    }
  }
}

TEST_CASE("training: residual, activations and mask") {
  for (Layout layout : layouts) {
    for (const auto& dims : DimsList{{3, 19, 7, 7}, {2, 5, 9, 33}, {9, 33}, {4, 64, 3, 5}, {2, 40, 33, 31}}) {
      INFO(dims_text(dims), " ", std::string(name(layout)));
      for (const Activation& activation : {Activation{}, relu(), relu6(), leaky_relu(), hard_swish(), hard_sigmoid()}) {
        for (bool residual : {false, true}) {
          TrainingCase c = any_case(layout, dims);
          c.desc.activation = activation;
          c.desc.mask = activation.kind == ActivationKind::relu;
          if (residual) c.desc.residual = c.desc.src;
          c.r = normal_values(dims, 0, 1, 7);
          check_training(c);
        }
      }
    }
  }
}

TEST_CASE("training: parameters and running statistics that are not given, momentum of every kind") {
  for (Layout layout : layouts) {
    TrainingCase c = any_case(layout, {4, 21, 5, 5});
    for (int given = 0; given < 16; ++given) {
      TrainingCase some = c;
      if (!(given & 1)) some.gamma.clear();
      if (!(given & 2)) some.beta.clear();
      if (!(given & 4)) some.running_mean.clear();
      if (!(given & 8)) some.running_variance.clear();
      check_training(some);
    }
    c.desc.unbiased_variance = false;
    for (float momentum : {0.0f, 0.3f, 1.0f}) {
      c.desc.momentum = momentum;
      check_training(c);
    }
    c.desc.cumulative = true;
    for (std::int64_t batches : {0, 1, 1000000}) {
      c.batches_tracked = batches;
      check_training(c);
    }
  }
}

TEST_CASE("training: strides, slices and placements") {
  Random random(5);
  for (int i = 0; i < 60; ++i) {
    const Layout layout = random.pick({Layout::nchw, Layout::nhwc});
    const auto dims = random.pick<std::vector<std::int64_t>>(
        {{3, 18, 7, 9}, {2, 5, 12, 35}, {70, 9, 2, 2}, {2, 3, 4, 5, 6}, {2, 33, 40, 41}});
    TrainingCase c = any_case(layout, dims, static_cast<std::uint64_t>(i + 1));
    c.desc.src = random_strides(layout, dims, random);
    c.desc.dst = random_strides(layout, dims, random);
    c.desc.residual = random_strides(layout, dims, random);
    c.r = normal_values(dims, 0, 1);
    c.desc.activation = relu();
    INFO(text_of(c.desc.src), " ", text_of(c.desc.dst), " ", text_of(c.desc.residual));
    How how = random_how(Isa::best, product(dims), random);
    check_training(c, how);
  }
}

TEST_CASE("training: in place, onto the source and onto the residual") {
  for (Layout layout : layouts) {
    for (const auto& dims : DimsList{{3, 19, 7, 7}, {2, 40, 33, 31}, {200, 16}}) {
      TrainingCase c = any_case(layout, dims);
      check_training(c, {}, Alias::src);
      c.desc.residual = c.desc.src;
      c.r = normal_values(dims, 0, 1);
      check_training(c, {}, Alias::src);
      check_training(c, {}, Alias::residual);
    }
  }
}

TEST_CASE("training: any executor, any store policy") {
  for (Layout layout : layouts) {
    // The last three: channels side by side in parts, whose masks end in whole bytes and do not, from sums to output and in rounds.
    for (const auto& dims : DimsList{{5, 3, 83, 61}, {3, 150, 29, 31}, {1024, 70}, {8, 2, 256, 33}, {1, 6, 210, 200}, {70, 31, 7, 9},
                                     {2, 1104, 3, 5}, {1, 1100, 3, 3}, {40, 1044, 4, 4}}) {
      INFO(dims_text(dims), " ", std::string(name(layout)));
      TrainingCase c = any_case(layout, dims);
      c.desc.activation = relu();
      c.desc.mask = true;
      const TrainingResult expected = c.expected();
      for (StorePolicy store : {StorePolicy::cached, StorePolicy::streaming}) {
        How how;
        how.store = store;
        for_each_isa([&](Isa isa) {
          how.isa = isa;
          for (const NamedExecutor& named : host_executors()) {
            INFO(named.name);
            how.executor = named.executor;
            CHECK(difference(c.run(how), expected) == "");
          }
        });
      }
    }
  }
}
