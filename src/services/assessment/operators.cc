#include "services/assessment/operators.h"

#include <algorithm>
#include <array>

namespace oree::assessment {
namespace {

// ONNX Runtime's CPU provider, by its own selectors.
constexpr std::array kFates{
    OperatorFate{"Add", Fate::fused, "QLinearAdd"},
    OperatorFate{"AveragePool", Fate::fused, "QLinearAveragePool"},
    OperatorFate{"Clip", Fate::fused, "nothing, where the quantisation behind it clips already"},
    OperatorFate{"Concat", Fate::fused, "QLinearConcat"},
    OperatorFate{"Conv", Fate::fused, "QLinearConv"},
    OperatorFate{"Gemm", Fate::fused, "QGemm"},
    OperatorFate{"GlobalAveragePool", Fate::fused, "QLinearGlobalAveragePool"},
    OperatorFate{"LSTM", Fate::fused, "DynamicQuantizeLSTM, by dynamic quantisation only"},
    OperatorFate{"LeakyRelu", Fate::fused, "QLinearLeakyRelu"},
    OperatorFate{"MatMul", Fate::fused, "QLinearMatMul"},
    OperatorFate{"Mul", Fate::fused, "QLinearMul"},
    OperatorFate{"Relu", Fate::fused, "nothing, where the zero point is the least value"},
    OperatorFate{"Sigmoid", Fate::fused, "QLinearSigmoid"},
    OperatorFate{"Softmax", Fate::fused, "QLinearSoftmax"},
    OperatorFate{"Where", Fate::fused, "QLinearWhere"},
    OperatorFate{"ArgMax", Fate::moved, ""},
    OperatorFate{"Expand", Fate::moved, ""},
    OperatorFate{"Flatten", Fate::moved, ""},
    OperatorFate{"Gather", Fate::moved, ""},
    OperatorFate{"GatherElements", Fate::moved, ""},
    OperatorFate{"MaxPool", Fate::moved, ""},
    OperatorFate{"ReduceMax", Fate::moved, ""},
    OperatorFate{"ReduceMin", Fate::moved, ""},
    OperatorFate{"Reshape", Fate::moved, ""},
    OperatorFate{"Resize", Fate::moved, ""},
    OperatorFate{"Slice", Fate::moved, ""},
    OperatorFate{"Split", Fate::moved, ""},
    OperatorFate{"Squeeze", Fate::moved, ""},
    OperatorFate{"Tile", Fate::moved, ""},
    OperatorFate{"Transpose", Fate::moved, ""},
    OperatorFate{"Unsqueeze", Fate::moved, ""}};
constexpr OperatorFate kFloating{"", Fate::floating, ""};

bool integers(graph::DataType type) {
  return !graph::facts(type).floating && type != graph::DataType::text;
}

}  // namespace

const OperatorFate& fate_of(std::string_view op) {
  const auto found = std::ranges::find(kFates, op, &OperatorFate::op);
  return found == kFates.end() ? kFloating : *found;
}

std::string_view fate_text(Fate fate) {
  return fate == Fate::fused ? "integer" : fate == Fate::moved ? "passes" : "float";
}

Quantisability quantisability(const graph::Index& index, const graph::Node& node, int64_t opset) {
  if (node.op == "QuantizeLinear" || node.op == "DequantizeLinear" || node.op == "DynamicQuantizeLinear" ||
      node.op.starts_with("QLinear") || node.op == "MatMulInteger" || node.op == "ConvInteger") {
    return {Fate::fused, "is quantised already"};
  }
  if (!node.domain.empty()) return {Fate::floating, "is of domain " + node.domain};
  if (graph::has_input(node, 0)) {
    const graph::Value* input = index.value(node.inputs[0]);
    if (input != nullptr && input->type.element != graph::DataType::undefined &&
        integers(input->type.element))
      return {Fate::moved, "computes with integers already"};
  }
  const OperatorFate& fate = fate_of(node.op);
  const bool weighted = node.op == "Conv" || node.op == "Gemm" || node.op == "LSTM";
  if (weighted && graph::has_input(node, 1) && index.constant(node.inputs[1]) == nullptr) {
    const graph::Node* maker = index.producer_node(node.inputs[1]);
    if (maker == nullptr || maker->op != "DequantizeLinear")
      return {Fate::floating, "its weights are computed"};
  }
  if (weighted && opset < 13)
    return {fate.fate, "becomes " + std::string(fate.becomes) +
                           "; scales for each channel need opset 13, upgrade first"};
  if (fate.fate == Fate::fused) return {fate.fate, "becomes " + std::string(fate.becomes)};
  if (fate.fate == Fate::moved) return {fate.fate, "passes integers on when its scale stays the same"};
  return {fate.fate, "has no integer version in ONNX Runtime"};
}

}  // namespace oree::assessment
