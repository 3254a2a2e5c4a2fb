// An ONNX model of a few nodes, as the bytes that a runtime loads. Constants are f32.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench::onnx {

struct Attribute {
  std::string name;
  std::vector<std::int64_t> integers;  // one: INT unless `list`
  bool list = false;
  float number = 0;
  bool is_number = false;
};

inline Attribute integer(const std::string& name, std::int64_t value) { return {name, {value}}; }
inline Attribute integers(const std::string& name, std::vector<std::int64_t> values) {
  return {name, std::move(values), true};
}
inline Attribute number(const std::string& name, float value) { return {name, {}, false, value, true}; }

// Those of TensorProto.
enum class Type : int { f32 = 1, u8 = 2, s8 = 3, i64 = 7, f16 = 10, f64 = 11, bf16 = 16 };

class Model {
 public:
  using Names = std::vector<std::string>;
  using Dims = std::vector<std::int64_t>;

  void input(const std::string& name, const Dims& dims, Type type = Type::f32);
  void output(const std::string& name, const Dims& dims, Type type = Type::f32);
  void constant(const std::string& name, const Dims& dims, const std::vector<float>& values);
  void node(const std::string& operation, const Names& inputs, const Names& outputs,
            const std::vector<Attribute>& attributes = {});

  std::string bytes() const;

 private:
  std::string graph_;  // fields of a GraphProto
};

}  // namespace bench::onnx
