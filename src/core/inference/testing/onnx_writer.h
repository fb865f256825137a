// Writes tiny .onnx files for tests: nodes, constants, inputs and outputs, encoded by hand (protobuf wire
// format, field numbers of onnx.proto, IR 8, opset 17). Deterministic bytes.
//
//   OnnxWriter graph;
//   graph.input("x", DType::f32, {-1, 3}).node("Relu", {"x"}, {"y"}).output("y", DType::f32, {-1, 3});
//   std::string bytes = graph.bytes();
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/tensor/tensor.h"

namespace oree::inference::testing {

struct OnnxAttribute {
  std::string name;
  std::vector<int64_t> integers;  // one: INT, else INTS
  bool list = false;
};

class OnnxWriter {
 public:
  OnnxWriter& input(std::string_view name, tensor::DType dtype, std::span<const int64_t> shape);
  OnnxWriter& output(std::string_view name, tensor::DType dtype, std::span<const int64_t> shape);
  OnnxWriter& input(std::string_view name, tensor::DType dtype, std::initializer_list<int64_t> shape);
  OnnxWriter& output(std::string_view name, tensor::DType dtype, std::initializer_list<int64_t> shape);
  OnnxWriter& node(std::string_view op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs,
                   const std::vector<OnnxAttribute>& attributes = {});
  OnnxWriter& constant(std::string_view name, const std::vector<int64_t>& shape,
                       const std::vector<float>& values);
  OnnxWriter& constant(std::string_view name, const std::vector<int64_t>& values);
  // One whose FP32 values lie in another file: `length` bytes from its beginning.
  OnnxWriter& external(std::string_view name, const std::vector<int64_t>& shape, std::string_view location,
                       uint64_t length);
  std::string bytes() const;

 private:
  std::string nodes_, constants_, inputs_, outputs_;
};

// The networks of conformance.h as .onnx files, for every runtime that reads them.
std::string add_model();
std::string widen_model();

// TensorProto.DataType of a datatype.
int onnx_datatype(tensor::DType dtype);

}  // namespace oree::inference::testing
