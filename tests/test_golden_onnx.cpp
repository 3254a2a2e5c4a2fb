// ONNX's operator tests (golden/make_onnx.py). Their averages and norms are themselves rounded to f32.
#include "support/doctest.hpp"

#include "support/golden.hpp"

using namespace poolnorm;
using namespace poolnorm::tests;

namespace {

constexpr double slack = 4;

PoolDesc onnx_pool(const GoldenCase& golden, Layout layout) {
  PoolDesc desc = pool_of(golden, layout);
  const std::string op = golden.word("op"), auto_pad = golden.word("auto_pad");
  if (desc.window.stride.count == 0) desc.window.stride = 1;  // ONNX's default
  if (op == "average" || op == "global_average") desc.op = PoolOp::average;
  if (op == "global_average" || op == "global_max") desc.kind = PoolKind::global;
  if (desc.kind == PoolKind::global) desc.window = {};
  if (auto_pad == "SAME_UPPER") desc.output_size = OutputSize::same_upper;
  if (auto_pad == "SAME_LOWER") desc.output_size = OutputSize::same_lower;
  if (op == "average" && golden.number("include_pad", 0) == 0) desc.divisor = Divisor::valid;
  return desc;
}

}  // namespace

TEST_CASE("ONNX's operator tests") {
  for (const GoldenCase& golden : read_golden("onnx.txt")) {
    if (golden.word("op") == "batch_norm") {
      check_golden_batch_norm(golden, {}, slack);
      continue;
    }
    for (Layout layout : layouts) check_golden_pool(golden, onnx_pool(golden, layout), slack);
  }
}
