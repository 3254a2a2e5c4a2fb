#include "golden.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "bits.hpp"
#include "compare.hpp"
#include "element.hpp"
#include "reference.hpp"
#include "run.hpp"

namespace poolnorm::tests {
namespace {

double value_of(const std::string& digits) {
  const std::uint64_t bits = std::strtoull(digits.c_str(), nullptr, 16);
  if (digits.size() == 8) return float_of(static_cast<std::uint32_t>(bits));
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

GoldenTensor read_tensor(std::istringstream& line) {
  GoldenTensor t;
  std::string word;
  while (line >> word && word != ":") t.dims.push_back(std::stoll(word));
  while (line >> word) t.values.push_back(value_of(word));
  return t;
}

void check_close(const Dense& got, const GoldenTensor& expected, const std::vector<double>& bound) {
  CHECK(dims_text(got.dims) == dims_text(expected.dims));
  CHECK(difference(got, expected.values, bound) == "");
}

}  // namespace

std::string GoldenCase::word(const std::string& field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? "" : found->second.at(0);
}

double GoldenCase::number(const std::string& field, double absent) const {
  return has(field) ? std::stod(word(field)) : absent;
}

Spatial GoldenCase::spatial(const std::string& field) const {
  Spatial s;
  const auto found = fields.find(field);
  if (found == fields.end()) return s;
  for (const std::string& text : found->second) s.values[s.count++] = std::stoll(text);
  return s;
}

ElementType GoldenCase::type() const {
  const std::string type = word("type");
  for (ElementType t : element_types) {
    if (type == poolnorm::name(t)) return t;
  }
  REQUIRE(type.empty());
  return ElementType::f32;
}

double bound_of(ElementType type, double value, double bound) {
  if (type == ElementType::f64) return 4 * 0x1p-29 * bound;
  const double most = std::fabs(value) + bound;
  if (type == ElementType::f16) return bound + std::max(most * 0x1p-11, 0x1p-25);
  if (type == ElementType::bf16) return bound + most * 0x1p-8;
  return bound;
}

std::string golden_path(const char* file) { return std::string(POOLNORM_TESTS_DIR "/golden/") + file; }

std::vector<GoldenCase> read_golden(const char* file) {
  std::vector<GoldenCase> cases;
  std::ifstream in(golden_path(file));
  REQUIRE_MESSAGE(in.good(), golden_path(file));
  for (std::string text; std::getline(in, text);) {
    std::istringstream line(text);
    std::string key, name;
    line >> key;
    if (key == "#") continue;
    if (key == "case") {
      cases.emplace_back();
      line >> cases.back().name;
    } else if (key == "f32" || key == "f64") {
      line >> name;
      cases.back().tensors[name] = read_tensor(line);
    } else {
      while (line >> name) cases.back().fields[key].push_back(name);
    }
  }
  REQUIRE(!cases.empty());
  return cases;
}

PoolDesc pool_of(const GoldenCase& golden, Layout layout) {
  PoolDesc desc;
  desc.src = packed(layout, golden.tensors.at("src").dims, golden.type());
  desc.window.kernel = golden.spatial("kernel");
  desc.window.stride = golden.spatial("stride");
  desc.window.padding = golden.spatial("padding");
  desc.window.padding_end = golden.spatial("padding_end");
  if (golden.has("dilation")) desc.window.dilation = golden.spatial("dilation");
  desc.output = golden.spatial("output");
  desc.p = golden.number("p", 2);
  desc.divisor_override = static_cast<std::int64_t>(golden.number("divisor_override", 0));
  if (golden.number("ceil", 0) != 0) desc.output_size = OutputSize::ceil;
  return desc;
}

void check_golden_pool(const GoldenCase& golden, const PoolDesc& desc, double slack) {
  INFO("case ", golden.name);
  const Dense src = golden.tensors.at("src").floats();
  const GoldenTensor& expected = golden.tensors.at("dst");
  std::vector<double> bound(expected.values.size());
  if (desc.op == PoolOp::average || desc.op == PoolOp::lp) {
    bound = (desc.op == PoolOp::lp ? reference::lp_bounds : reference::average_bounds)(desc, src).bound;
    for (double& b : bound) b *= slack;
  }
  REQUIRE(bound.size() == expected.values.size());
  check_close(reference::pool(desc, src), expected, bound);
  for_each_isa([&](Isa isa) {
    How how;
    how.isa = isa;
    check_close(run_pool(desc, src, how), expected, bound);
  });
}

void check_golden_batch_norm(const GoldenCase& golden, const Activation& activation, double slack) {
  INFO("case ", golden.name);
  const auto tensor = [&](const char* name) { return golden.tensors.at(name).floats(); };
  const Dense src = tensor("src"), mean = tensor("mean"), variance = tensor("variance");
  const Dense gamma = tensor("gamma"), beta = tensor("beta");
  const bool has_residual = golden.tensors.count("residual") != 0;
  const Dense residual = has_residual ? tensor("residual") : Dense(src.dims);
  BatchNormDesc desc;
  desc.mean = mean.values;
  desc.variance = variance.values;
  desc.gamma = gamma.values;
  desc.beta = beta.values;
  desc.epsilon = static_cast<float>(golden.number("epsilon", 1e-5));
  desc.activation = activation;
  const GoldenTensor& expected = golden.tensors.at("dst");
  std::vector<double> bound;
  const std::int64_t plane = product(src.dims) / src.dims[0] / src.dims[1];
  for (std::size_t i = 0; i < src.values.size(); ++i) {
    const auto c = static_cast<std::size_t>(static_cast<std::int64_t>(i) / plane % src.dims[1]);
    const double scaled = (static_cast<double>(src.values[i]) - mean.values[c]) * gamma.values[c] /
                          std::sqrt(static_cast<double>(variance.values[c]) + desc.epsilon);
    // Four roundings on the first term, two or three on the others; no activation has a slope above 1.5.
    bound.push_back(slack * 1.5 * 0x1p-24 *
                    (5 * std::fabs(scaled) + 3 * std::fabs(beta.values[c]) + 3 * std::fabs(residual.values[i]) + 3));
  }
  for (Layout layout : layouts) {
    desc.src = packed(layout, src.dims);
    if (has_residual) desc.residual = desc.src;
    const Dense* const r = has_residual ? &residual : nullptr;
    check_close(reference::batch_norm(desc, src, r), expected, bound);
    for_each_isa([&](Isa isa) {
      How how;
      how.isa = isa;
      check_close(run_norm(desc, src, r, how), expected, bound);
    });
  }
}

}  // namespace poolnorm::tests
