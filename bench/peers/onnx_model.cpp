#include "peers/onnx_model.hpp"

#include <cstring>

namespace bench::onnx {
namespace {

// Protocol buffers on the wire; the numbers of fields are those of onnx.proto.
enum Wire { varint = 0, bytes = 2, fixed32 = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_key(std::string& out, int field, Wire wire) { put_varint(out, static_cast<std::uint64_t>(field << 3 | wire)); }

void put(std::string& out, int field, std::int64_t value) {
  put_key(out, field, varint);
  put_varint(out, static_cast<std::uint64_t>(value));
}

void put(std::string& out, int field, const std::string& value) {
  put_key(out, field, bytes);
  put_varint(out, value.size());
  out += value;
}

void put(std::string& out, int field, float value) {
  put_key(out, field, fixed32);
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof raw);
}

std::string value_info(const std::string& name, const Model::Dims& dims, Type element) {
  std::string shape, tensor, type, info;
  for (const std::int64_t size : dims) {
    std::string dimension;
    put(dimension, 1, size);
    put(shape, 1, dimension);
  }
  put(tensor, 1, static_cast<std::int64_t>(element));
  put(tensor, 2, shape);
  put(type, 1, tensor);
  put(info, 1, name);
  put(info, 2, type);
  return info;
}

}  // namespace

void Model::input(const std::string& name, const Dims& dims, Type type) {
  put(graph_, 11, value_info(name, dims, type));
}

void Model::output(const std::string& name, const Dims& dims, Type type) {
  put(graph_, 12, value_info(name, dims, type));
}

void Model::constant(const std::string& name, const Dims& dims, const std::vector<float>& values) {
  std::string tensor, raw(values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  for (const std::int64_t size : dims) put(tensor, 1, size);
  put(tensor, 2, static_cast<std::int64_t>(Type::f32));
  put(tensor, 8, name);
  put(tensor, 9, raw);
  put(graph_, 5, tensor);
}

void Model::node(const std::string& operation, const Names& inputs, const Names& outputs,
                 const std::vector<Attribute>& attributes) {
  std::string node;
  for (const std::string& name : inputs) put(node, 1, name);
  for (const std::string& name : outputs) put(node, 2, name);
  put(node, 4, operation);
  for (const Attribute& a : attributes) {
    std::string attribute;
    put(attribute, 1, a.name);
    if (a.is_number)
      put(attribute, 2, a.number);
    else if (!a.list)
      put(attribute, 3, a.integers[0]);
    else
      for (const std::int64_t value : a.integers) put(attribute, 8, value);
    put(attribute, 20, std::int64_t{a.is_number ? 1 : a.list ? 7 : 2});
    put(node, 5, attribute);
  }
  put(graph_, 1, node);
}

std::string Model::bytes() const {
  std::string graph = graph_, opset, model;
  put(graph, 2, std::string("layer"));
  put(opset, 2, std::int64_t{21});
  put(model, 1, std::int64_t{10});  // IR version
  put(model, 8, opset);
  put(model, 7, graph);
  return model;
}

}  // namespace bench::onnx
