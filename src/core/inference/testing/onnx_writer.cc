#include "core/inference/testing/onnx_writer.h"

#include <array>
#include <cstring>

namespace oree::inference::testing {

namespace {

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

std::string number(int field, int64_t value) {
  std::string out;
  put_varint(out, static_cast<uint64_t>(field) << 3);
  put_varint(out, static_cast<uint64_t>(value));
  return out;
}

std::string bytes(int field, std::string_view content) {
  std::string out;
  put_varint(out, (static_cast<uint64_t>(field) << 3) | 2);
  put_varint(out, content.size());
  return out.append(content);
}

std::string value_info(std::string_view name, tensor::DType dtype, std::span<const int64_t> shape) {
  std::string dimensions;
  for (size_t i = 0; i < shape.size(); ++i) {
    const std::string symbol = "d" + std::to_string(i);
    dimensions += bytes(1, shape[i] < 0 ? bytes(2, symbol) : number(1, shape[i]));
  }
  const std::string tensor_type = number(1, onnx_datatype(dtype)) + bytes(2, dimensions);
  return bytes(1, name) + bytes(2, bytes(1, tensor_type));
}

std::string tensor_proto(std::string_view name, tensor::DType dtype, const std::vector<int64_t>& shape,
                         std::string_view raw) {
  std::string out;
  for (const int64_t dimension : shape) out += number(1, dimension);
  return out + number(2, onnx_datatype(dtype)) + bytes(8, name) + bytes(9, raw);
}

template <class T>
std::string_view raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string attribute_proto(const OnnxAttribute& attribute) {
  constexpr int kInt = 2;
  constexpr int kInts = 7;
  std::string out = bytes(1, attribute.name);
  for (const int64_t value : attribute.integers) out += number(attribute.list ? 8 : 3, value);
  return out + number(20, attribute.list ? kInts : kInt);
}

}  // namespace

int onnx_datatype(tensor::DType dtype) {
  using enum tensor::DType;
  constexpr std::array<std::pair<tensor::DType, int>, 14> kTypes = {{
      {f32, 1},
      {u8, 2},
      {i8, 3},
      {u16, 4},
      {i16, 5},
      {i32, 6},
      {i64, 7},
      {text, 8},
      {boolean, 9},
      {f16, 10},
      {f64, 11},
      {u32, 12},
      {u64, 13},
      {bf16, 16},
  }};
  for (const auto& [ours, theirs] : kTypes) {
    if (ours == dtype) return theirs;
  }
  return 0;
}

OnnxWriter& OnnxWriter::input(std::string_view name, tensor::DType dtype, std::span<const int64_t> shape) {
  inputs_ += testing::bytes(11, value_info(name, dtype, shape));
  return *this;
}

OnnxWriter& OnnxWriter::output(std::string_view name, tensor::DType dtype, std::span<const int64_t> shape) {
  outputs_ += testing::bytes(12, value_info(name, dtype, shape));
  return *this;
}

OnnxWriter& OnnxWriter::input(std::string_view name, tensor::DType dtype,
                              std::initializer_list<int64_t> shape) {
  return input(name, dtype, std::span(shape.begin(), shape.size()));
}

OnnxWriter& OnnxWriter::output(std::string_view name, tensor::DType dtype,
                               std::initializer_list<int64_t> shape) {
  return output(name, dtype, std::span(shape.begin(), shape.size()));
}

OnnxWriter& OnnxWriter::node(std::string_view op, const std::vector<std::string>& inputs,
                             const std::vector<std::string>& outputs,
                             const std::vector<OnnxAttribute>& attributes) {
  std::string node;
  for (const std::string& name : inputs) node += testing::bytes(1, name);
  for (const std::string& name : outputs) node += testing::bytes(2, name);
  node += testing::bytes(4, op);
  for (const OnnxAttribute& attribute : attributes) node += testing::bytes(5, attribute_proto(attribute));
  nodes_ += testing::bytes(1, node);
  return *this;
}

OnnxWriter& OnnxWriter::constant(std::string_view name, const std::vector<int64_t>& shape,
                                 const std::vector<float>& values) {
  constants_ += testing::bytes(5, tensor_proto(name, tensor::DType::f32, shape, raw(values)));
  return *this;
}

OnnxWriter& OnnxWriter::constant(std::string_view name, const std::vector<int64_t>& values) {
  const std::vector<int64_t> shape{static_cast<int64_t>(values.size())};
  constants_ += testing::bytes(5, tensor_proto(name, tensor::DType::i64, shape, raw(values)));
  return *this;
}

OnnxWriter& OnnxWriter::external(std::string_view name, const std::vector<int64_t>& shape,
                                 std::string_view location, uint64_t length) {
  constexpr int kExternal = 1;
  std::string tensor;
  for (const int64_t dimension : shape) tensor += number(1, dimension);
  tensor += number(2, onnx_datatype(tensor::DType::f32)) + testing::bytes(8, name);
  const auto entry = [](std::string_view key, std::string_view value) {
    return testing::bytes(13, testing::bytes(1, key) + testing::bytes(2, value));
  };
  tensor += entry("location", location) + entry("offset", "0") + entry("length", std::to_string(length));
  constants_ += testing::bytes(5, tensor + number(14, kExternal));
  return *this;
}

std::string OnnxWriter::bytes() const {
  constexpr int64_t kIrVersion = 8;
  constexpr int64_t kOpset = 17;
  const std::string graph = nodes_ + testing::bytes(2, "test") + constants_ + inputs_ + outputs_;
  return number(1, kIrVersion) + testing::bytes(2, "oree-test") + testing::bytes(7, graph) +
         testing::bytes(8, testing::bytes(1, "") + number(2, kOpset));
}

std::string add_model() {
  return OnnxWriter()
      .input("a", tensor::DType::f32, {-1, 3})
      .input("b", tensor::DType::f32, {-1, 3})
      .node("Add", {"a", "b"}, {"sum"})
      .output("sum", tensor::DType::f32, {-1, 3})
      .bytes();
}

std::string widen_model() {
  return OnnxWriter()
      .input("x", tensor::DType::u8, {2, 2})
      .node("Cast", {"x"}, {"y"}, {{"to", {onnx_datatype(tensor::DType::f32)}}})
      .output("y", tensor::DType::f32, {2, 2})
      .bytes();
}

}  // namespace oree::inference::testing
