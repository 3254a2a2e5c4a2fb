// Statistics in parts: a batch of 32 images split over four workers has the bits of the whole.
#include "support/doctest.hpp"

#include <algorithm>
#include <array>

#include "support/compare.hpp"
#include "support/reference_moments.hpp"
#include "support/tensor.hpp"
#include "support/training.hpp"
#include "support/training_bounds.hpp"
#include "support/workspace.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

// The whole batch in place, in parts of `images` each, the last perhaps shorter.
TrainingResult in_parts(const TrainingCase& whole, std::int64_t images, const How& how) {
  std::vector<std::int64_t> parts;
  for (std::int64_t left = whole.x.dims[0]; left > 0; left -= parts.back()) parts.push_back(std::min(images, left));
  return whole.run_in_parts(parts, how, Alias::src);
}

}  // namespace

TEST_CASE("32 images over four parts have the bits of the whole") {
  for (Layout layout : layouts) {
    const std::vector<std::int64_t> dims = {32, 19, 13, 11};
    const TrainingCase c = training_case(packed(layout, dims), normal_values(dims, 5, 2));
    const TrainingResult expected = c.expected();
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      CHECK(difference(in_parts(c, 8, how), expected) == "");
    });
  }
}

TEST_CASE("moments have the bits of the plain tree, in f64") {
  for (Layout layout : layouts) {
    for (const std::vector<std::int64_t>& dims : {std::vector<std::int64_t>{3, 17, 7, 7}, {130, 9}, {2, 5, 67, 61}}) {
      const Dense x = normal_values(dims, 3, 2);
      const std::int64_t spatial = product(dims) / (dims[0] * dims[1]);
      BatchNormTrainingDesc desc;
      desc.src = packed(layout, dims);
      for_each_isa([&](Isa isa) {
        const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(desc, {isa, StorePolicy::automatic});
        REQUIRE_MESSAGE(plan.ok(), message_of(plan));
        const Tensor src(desc.src, x);
        std::vector<Moments> got(static_cast<std::size_t>(dims[1]));
        const Workspace workspace(plan.value, serial_executor());
        REQUIRE(plan->partial(src.data(), got.data(), workspace.context()).ok());
        for (std::int64_t c = 0; c < dims[1]; ++c) {
          const Moments expected =
              reference::moments(reference::channel_values(x, c), spatial, reference::images_per_leaf(spatial));
          CHECK(got[c].count == expected.count);
          CHECK(got[c].mean == expected.mean);
          CHECK(got[c].m2 == expected.m2);
        }
      });
    }
  }
}

TEST_CASE("parts of a power of two of leaves, the last one shorter") {
  for (Layout layout : layouts) {
    for (const auto& sizes :
         std::vector<std::array<std::int64_t, 3>>{{29, 70, 8}, {29, 70, 1}, {200, 5, 32}, {200, 1, 64}, {7, 2100, 2}}) {
      const std::int64_t n = sizes[0], spatial = sizes[1], images = sizes[2];
      INFO(n, " images of ", spatial, " in parts of ", images);
      const std::vector<std::int64_t> dims = {n, 5, spatial};
      const TrainingCase c = training_case(packed(layout, dims), normal_values(dims, 5, 2));
      CHECK(difference(in_parts(c, images, {}), c.expected()) == "");
    }
  }
}

TEST_CASE("other cuts are within the bounds of any order") {
  const std::vector<std::int64_t> dims = {10, 3, 50};
  TrainingCase c = training_case(packed(Layout::nchw, dims), normal_values(dims, 1e5, 1));
  c.desc.momentum = 1;
  c.desc.unbiased_variance = false;
  const TrainingResult parts = in_parts(c, 3, {});
  for (std::int64_t channel = 0; channel < 3; ++channel) check_bounds(c, parts, channel);
}

TEST_CASE("counts that are no counts are added up, and harm nobody") {
  const Moments parts[] = {{INT64_MAX, 0, 0}, {1, 0, 0}};
  Moments out;
  merge_moments(parts, 2, 1, &out);
  CHECK(out.count == INT64_MIN);
}

TEST_CASE("moments of different counts are refused before anything is written") {
  const TensorDesc src = nchw({2, 3, 4});
  BatchNormTrainingDesc desc;
  desc.src = src;
  const Result<BatchNormTrainingPlan> plan = BatchNormTrainingPlan::make(desc);
  REQUIRE_MESSAGE(plan.ok(), message_of(plan));
  const Tensor x(src, normal_values({2, 3, 4}, 1, 0)), y(src);
  const Workspace workspace(plan.value, serial_executor());
  TrainingChainDesc chain_desc;
  chain_desc.norm = desc;
  chain_desc.pool.window = Window(2);
  const Result<TrainingChainPlan> chain = TrainingChainPlan::make(chain_desc);
  REQUIRE_MESSAGE(chain.ok(), message_of(chain));
  const Tensor pooled(chain->dst());
  const Workspace chain_workspace(chain.value, serial_executor());
  const auto refused = [&](std::vector<Moments> moments, const char* finalise, const char* apply) {
    std::vector<float> mean(3, 7.0f), variance(3, 7.0f);
    BatchNormTrainingData once;
    once.running_mean = mean;
    once.running_variance = variance;
    CHECK(message_of(plan->finalise(moments.data(), once)) == finalise);
    CHECK(mean == std::vector<float>(3, 7.0f));
    CHECK(variance == mean);
    BatchNormTrainingData data;
    data.src = x.data();
    data.dst = y.data();
    CHECK(message_of(plan->apply(moments.data(), data, workspace.context())) == apply);
    TrainingChainData chain_data;
    chain_data.norm = data;
    chain_data.dst = pooled.data();
    CHECK(message_of(chain->apply(moments.data(), chain_data, chain_workspace.context())) == apply);
    CHECK(y.untouched());
    CHECK(pooled.untouched());
  };
  const auto both = [&](std::vector<Moments> moments, const char* words) { refused(std::move(moments), words, words); };
  both({{8, 0, 1}, {8, 0, 1}, {1, 0, 0}}, "moments[2].count is 1, must be that of moments[0], 8");
  both({{8, 0, 1}, {0, 0, 0}, {8, 0, 0}}, "moments[1].count is 0, must be that of moments[0], 8");
  both({{-8, 0, 1}, {-8, 0, 1}, {-8, 0, 1}}, "moments[0].count is -8, must be >= 0");
  refused({{}, {}, {}}, "", "moments[0].count is 0, src is not empty");
}

TEST_CASE("an empty part changes nothing") {
  const Moments parts[] = {{3, 1.0, 2.0}, {}, {}};
  Moments out;
  merge_moments(parts, 3, 1, &out);
  CHECK(out.count == 3);
  CHECK(out.mean == 1.0);
  CHECK(out.m2 == 2.0);
  merge_moments(parts, 0, 1, &out);
  CHECK(out.count == 0);
}
