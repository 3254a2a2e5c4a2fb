// ONNX's operator tests (golden/make_onnx.py). Their averages and norms are themselves rounded to f32.
#include "support/doctest.hpp"

#include "support/compare.hpp"
#include "support/golden.hpp"
#include "support/pool_indices.hpp"
#include "support/response.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr double slack = 4;

PoolDesc onnx_pool(const GoldenCase& golden, Layout layout) {
  PoolDesc desc = pool_of(golden, layout);
  const std::string op = golden.word("op"), auto_pad = golden.word("auto_pad");
  if (desc.window.stride.count == 0) desc.window.stride = 1;  // ONNX's default
  if (op == "average" || op == "global_average") desc.op = PoolOp::average;
  if (op == "lp" || op == "global_lp") desc.op = PoolOp::lp;
  if (op.rfind("global_", 0) == 0) desc.kind = PoolKind::global;
  if (desc.kind == PoolKind::global) desc.window = {};
  if (auto_pad == "SAME_UPPER") desc.output_size = OutputSize::same_upper;
  if (auto_pad == "SAME_LOWER") desc.output_size = OutputSize::same_lower;
  if (op == "average" && golden.number("include_pad", 0) == 0) desc.divisor = Divisor::valid;
  return desc;
}

Indices indices_of(const GoldenCase& golden) {
  const GoldenTensor& t = golden.tensors.at("indices");
  return {t.values.begin(), t.values.end()};
}

void check_indices(const GoldenCase& golden, const PoolDesc& pool) {
  MaxIndicesDesc desc;
  desc.pool = pool;
  if (golden.number("storage_order", 0) == 1) desc.index_order = IndexOrder::column_major;
  desc.index_scope = IndexScope::tensor;
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    CHECK(difference(run_max_indices(desc, golden.tensors.at("src").floats(), how).indices, indices_of(golden)) == "");
  });
}

void check_unpool(const GoldenCase& golden, Layout layout) {
  const GoldenTensor& expected = golden.tensors.at("dst");
  MaxIndicesDesc desc;
  desc.pool = pool_of(golden, layout);
  desc.index_scope = IndexScope::tensor;
  desc.pool.src = packed(layout, expected.dims);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    std::int64_t skipped = -1;
    const Dense got = run_scatter(desc, false, golden.tensors.at("src").floats(), indices_of(golden), how, skipped);
    CHECK(difference(got, expected.floats()) == "");
    CHECK(skipped == 0);
  });
}

void check_response(const GoldenCase& golden) {
  ResponseCaseOf<float> c;
  c.x = golden.tensors.at("src").floats();
  c.desc.size = static_cast<std::int64_t>(golden.number("size", 0));
  c.desc.window = ResponseWindow::upper;
  c.desc.alpha = golden.number("alpha", 0);
  c.desc.beta = golden.number("beta", 0);
  c.desc.k = golden.number("bias", 0);
  std::vector<double> bound = c.bounds().bound;
  for (double& b : bound) b *= slack;
  for (Layout layout : layouts) {
    c.desc.src = packed(layout, c.x.dims);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      CHECK(difference(c.run(how), golden.tensors.at("dst").values, bound) == "");
    });
  }
}

}  // namespace

TEST_CASE("ONNX's operator tests") {
  int cases = 0;
  for (const GoldenCase& golden : read_golden("onnx.txt")) {
    ++cases;
    if (golden.word("op") == "batch_norm") {
      check_golden_batch_norm(golden, {}, slack);
      continue;
    }
    INFO("case ", golden.name);
    if (golden.word("op") == "lrn") {
      check_response(golden);
      continue;
    }
    for (Layout layout : layouts) {
      if (golden.word("op") == "unpool") {
        check_unpool(golden, layout);
        continue;
      }
      const PoolDesc desc = onnx_pool(golden, layout);
      check_golden_pool(golden, desc, slack);
      if (golden.tensors.count("indices") != 0) check_indices(golden, desc);
    }
  }
  CHECK(cases == 56);
}
