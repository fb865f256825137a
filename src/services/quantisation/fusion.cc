#include "services/quantisation/fusion.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "services/quantisation/selection.h"

namespace oree::quantisation {

namespace {

using graph::Index;
using graph::Node;

struct Fused {
  std::string_view op, becomes;
};
constexpr std::array<Fused, 9> kFused{{
    {"Conv", "QLinearConv"},
    {"Gemm", "QGemm"},
    {"MatMul", "QLinearMatMul"},
    {"Add", "QLinearAdd"},
    {"Mul", "QLinearMul"},
    {"Concat", "QLinearConcat"},
    {"Sigmoid", "QLinearSigmoid"},
    {"LeakyRelu", "QLinearLeakyRelu"},
    {"AveragePool", "QLinearAveragePool"},
}};

std::string integer_name(const Node& node) {
  if (node.op == "GlobalAveragePool") return "QLinearGlobalAveragePool";
  const auto row = std::ranges::find(kFused, node.op, &Fused::op);
  return row == kFused.end() ? node.op : std::string(row->becomes);
}

class Predictor {
 public:
  explicit Predictor(const graph::Model& model) : index_(model.graph) {}

  Prediction run() {
    for (const Node& node : index_.graph().nodes) look_at(node);
    std::ranges::sort(prediction_.islands);
    return std::move(prediction_);
  }

 private:
  const Node* dequantise_before(const std::string& name) const {
    const Node* node = index_.producer_node(name);
    return node != nullptr && node->op == "DequantizeLinear" && index_.constant(node->inputs[1]) != nullptr
               ? node
               : nullptr;
  }

  graph::DataType type_of(const Node& q_or_dq) const {
    const graph::Tensor* zero = q_or_dq.inputs.size() > 2 ? index_.constant(q_or_dq.inputs[2]) : nullptr;
    return zero == nullptr ? graph::DataType::u8 : zero->type;
  }

  float scale_of(const Node& q_or_dq) const { return index_.constant(q_or_dq.inputs[1])->as<float>()[0]; }

  int zero_of(const Node& q_or_dq) const {
    const graph::Tensor* zero = q_or_dq.inputs.size() > 2 ? index_.constant(q_or_dq.inputs[2]) : nullptr;
    if (zero == nullptr) return 0;
    return zero->type == graph::DataType::i8 ? zero->as<int8_t>()[0] : zero->as<uint8_t>()[0];
  }

  // Whether Q's integers cannot hold what the activation would cut off.
  bool clips_as_much(const Node& activation, const Node& q) const {
    const bool is_signed = type_of(q) == graph::DataType::i8;
    const int lowest = is_signed ? -128 : 0, highest = is_signed ? 127 : 255;
    const float low = static_cast<float>(lowest - zero_of(q)) * scale_of(q);
    const float high = static_cast<float>(highest - zero_of(q)) * scale_of(q);
    if (activation.op == "Relu") return low >= 0;
    const auto bound = [&](size_t i, float otherwise) {
      const graph::Tensor* t =
          graph::has_input(activation, i) ? index_.constant(activation.inputs[i]) : nullptr;
      return t == nullptr || t->type != graph::DataType::f32 || t->data.size() < 4 ? otherwise
                                                                                   : t->as<float>()[0];
    };
    return low >= bound(1, -3.4e38f) && high <= bound(2, 3.4e38f);
  }

  // The one Q that takes this output, activations before it skipped; nullptr with the reason.
  const Node* quantise_behind(std::string name, std::string& why) const {
    for (int depth = 0; depth < 3; ++depth) {
      if (index_.is_output(name)) {
        why = "it is an output of the graph";
        return nullptr;
      }
      const auto uses = index_.uses(name);
      if (uses.size() != 1) {
        why = cat("its output has ", uses.size(), " readers and not one QuantizeLinear");
        return nullptr;
      }
      const Node& reader = index_.graph().nodes[uses[0].node];
      if (reader.op == "QuantizeLinear" && index_.constant(reader.inputs[1]) != nullptr) return &reader;
      if (reader.op != "Relu" && reader.op != "Clip") {
        why = cat("its output is read by ", reader.op, " and not by QuantizeLinear");
        return nullptr;
      }
      std::string ignored;
      const Node* q = quantise_behind(reader.outputs[0], ignored);
      if (q == nullptr || !clips_as_much(reader, *q)) {
        why = cat(reader.op, " stands before its QuantizeLinear and cuts more than the integers do");
        return nullptr;
      }
      name = reader.outputs[0];
    }
    return nullptr;
  }

  void unfused(const Node& node, std::string why, std::string repair) {
    prediction_.unfused.push_back({graph::node_text(node), node.op, std::move(why), std::move(repair)});
  }

  void look_at(const Node& node) {
    const Kind kind = kind_of(node);
    if (kind == Kind::none || kind == Kind::activation) return;
    std::vector<const Node*> sources;
    size_t dequantised = 0;
    const size_t data = kind == Kind::weighted ? std::min<size_t>(node.inputs.size(), 2) : 0;
    std::vector<size_t> inputs = data_inputs(node);
    if (data == 2) inputs = {0, 1};
    for (const size_t i : inputs) {
      sources.push_back(dequantise_before(node.inputs[i]));
      dequantised += sources.back() != nullptr ? 1 : 0;
    }
    if (dequantised == 0) return;  // a float operator among floats
    if (dequantised < inputs.size()) {
      unfused(node, "one of its inputs is float", "quantise all of its inputs, or none");
      return;
    }
    judge(node, kind, sources);
  }

  void judge(const Node& node, Kind kind, const std::vector<const Node*>& sources) {
    std::string why;
    std::vector<const Node*> behind;
    for (const std::string& output : node.outputs) {
      const Node* q = quantise_behind(output, why);
      if (q == nullptr && (node.op == "Gemm" || node.op == "MatMul")) {
        // These two give floats as well as integers.
        prediction_.islands.push_back(
            {node.op == "Gemm" ? "QGemm" : "MatMulIntegerToFloat", output, graph::node_text(node)});
        return;
      }
      if (q == nullptr) {
        unfused(node, why, "put one QuantizeLinear behind it");
        return;
      }
      behind.push_back(q);
    }
    for (const Node* q : behind) {
      if (type_of(*q) != type_of(*sources[0])) {
        unfused(node, "its input and output are integers of different types", "use one type for both");
        return;
      }
      if (kind != Kind::passing) continue;
      if (scale_of(*q) != scale_of(*sources[0]) || zero_of(*q) != zero_of(*sources[0])) {
        unfused(node, "its input and output have different scales", "give both the scale of the input");
        return;
      }
    }
    if (kind == Kind::combining && !same_types(sources)) {
      unfused(node, "its inputs are integers of different types", "use one type for all");
      return;
    }
    prediction_.islands.push_back({integer_name(node), behind[0]->outputs[0], graph::node_text(node)});
  }

  bool same_types(const std::vector<const Node*>& sources) const {
    return std::ranges::all_of(sources, [&](const Node* s) { return type_of(*s) == type_of(*sources[0]); });
  }

  Index index_;
  Prediction prediction_;
};

}  // namespace

Prediction predict_fusion(const graph::Model& quantised) {
  return Predictor(quantised).run();
}

Comparison compare(const Prediction& prediction, const graph::Model& run) {
  Comparison comparison;
  std::map<std::string, std::string> made;  // output → operator
  std::map<std::string, size_t> integer_kernels;
  for (const Node& node : run.graph.nodes) {
    for (const std::string& output : node.outputs) made[output] = node.op;
    if (node.op.starts_with("QLinear") || node.op == "QGemm" || node.op == "MatMulIntegerToFloat")
      ++integer_kernels[node.op];
  }
  for (const Island& island : prediction.islands) {
    ++comparison.predicted;
    const auto found = made.find(island.output);
    if (found != made.end() && found->second == island.op) {
      ++comparison.agreed;
      if (const auto count = integer_kernels.find(island.op); count != integer_kernels.end()) --count->second;
      continue;
    }
    comparison.differences.push_back(
        cat(island.node, ": predicted ", island.op, ", the runtime runs ",
            found == made.end() ? std::string("something else (its output is gone)") : found->second));
  }
  for (const auto& [op, count] : integer_kernels) {
    if (count > 0)
      comparison.differences.push_back(cat("the runtime runs ", count, " ", op, " that were not predicted"));
  }
  return comparison;
}

}  // namespace oree::quantisation
