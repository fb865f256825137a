#include "core/graph/tflite/lite.h"

#include <algorithm>
#include <array>

namespace oree::graph {
namespace {

// By the number of tflite::ElementType.
constexpr std::array kTypes{DataType::f32, DataType::f16,       DataType::i32,       DataType::u8,
                            DataType::i64, DataType::text,      DataType::boolean,   DataType::i16,
                            DataType::c64, DataType::i8,        DataType::f64,       DataType::c128,
                            DataType::u64, DataType::undefined, DataType::undefined, DataType::u32,
                            DataType::u16, DataType::i4,        DataType::bf16};

Result<LiteTensor> read_tensor(const tflite::Tensor& from) {
  LiteTensor to;
  to.name = from.name;
  const auto type = static_cast<size_t>(from.type);
  if (type >= kTypes.size() || kTypes[type] == DataType::undefined) {
    return fail(ErrorKind::unsupported, "tensor '" + to.name + "' has the type " +
                                            std::string(tflite::name_of(from.type)) + ", which ONNX has not");
  }
  to.type = kTypes[type];
  to.dims.assign(from.shape.begin(), from.shape.end());
  if (from.signature.size() == from.shape.size())
    to.signature.assign(from.signature.begin(), from.signature.end());
  to.data = from.data;
  if (!from.quantisation || from.quantisation->scales.empty()) return to;
  to.scales = from.quantisation->scales;
  to.zero_points = from.quantisation->zero_points;
  to.axis = from.quantisation->axis;
  to.zero_points.resize(to.scales.size(), to.zero_points.empty() ? 0 : to.zero_points[0]);
  return to;
}

}  // namespace

Result<LiteModel> read_lite(const tflite::Model& file) {
  const tflite::Subgraph& graph = file.subgraphs.at(0);
  LiteModel model;
  for (const tflite::Tensor& from : graph.tensors) {
    auto tensor = read_tensor(from);
    if (!tensor) return forward(tensor);
    model.tensors.push_back(std::move(*tensor));
  }
  model.ops = graph.operators;
  model.inputs = graph.inputs;
  model.outputs = graph.outputs;
  for (const LiteOp& op : model.ops) {
    if (op.outputs.empty() || std::ranges::any_of(op.outputs, [](int32_t index) { return index < 0; })) {
      return fail(ErrorKind::invalid, tflite::operator_name(op) + " makes nothing");
    }
  }
  return model;
}

}  // namespace oree::graph
