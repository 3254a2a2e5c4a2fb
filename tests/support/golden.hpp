// Golden cases: results of other libraries, in the text form of golden/golden_text.py.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <poolnorm/norm.hpp>
#include <poolnorm/pool.hpp>

#include "dense.hpp"

namespace poolnorm::tests {

struct GoldenTensor {
  std::vector<std::int64_t> dims;
  std::vector<double> values;

  // Values as they were written; of float, those of f32 alone are.
  template <class T>
  DenseOf<T> as() const {
    return DenseOf<T>(dims, std::vector<T>(values.begin(), values.end()));
  }
  Dense floats() const { return as<float>(); }
};

struct GoldenCase {
  std::string name;
  std::map<std::string, std::vector<std::string>> fields;
  std::map<std::string, GoldenTensor> tensors;

  bool has(const std::string& field) const { return fields.count(field) != 0; }
  // One word, "" if absent; as a number, `absent` if absent; as one number per spatial dim.
  std::string word(const std::string& field) const;
  double number(const std::string& field, double absent) const;
  Spatial spatial(const std::string& field) const;
  ElementType type() const;  // f32 if the case says nothing
};

// How far a result of this type may be from `value`, whose f32 result would be within `bound`: f16 and bf16 are rounded
// once more; f64 has 29 bits more, and PyTorch's f64 is a rounding or two off itself.
double bound_of(ElementType type, double value, double bound);

// All cases of tests/golden/`file`.
std::vector<GoldenCase> read_golden(const char* file);

std::string golden_path(const char* file);

// The kernel, stride, padding, padding_end, dilation and divisor_override of a case, and its src of type().
PoolDesc pool_of(const GoldenCase& golden, Layout layout);

// Compares the reference and the library, on every ISA and in both layouts, with golden.tensors["dst"]:
// exactly for max, within the documented bound (`slack` times) for sums and norms.
void check_golden_pool(const GoldenCase& golden, const PoolDesc& desc, double slack);
void check_golden_batch_norm(const GoldenCase& golden, const Activation& activation, double slack);

}  // namespace poolnorm::tests
