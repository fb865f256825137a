#include "services/quantisation/selection.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace oree::quantisation {

namespace {

using graph::Index;
using graph::Node;

struct Row {
  std::string_view op;
  Kind kind;
};
// What ONNX Runtime's CPU kernels can do in integers; what is absent stays in float.
constexpr std::array<Row, 26> kOperators{{
    {"Conv", Kind::weighted},         {"Gemm", Kind::weighted},
    {"MatMul", Kind::weighted},       {"Add", Kind::combining},
    {"Mul", Kind::combining},         {"Concat", Kind::combining},
    {"Sigmoid", Kind::combining},     {"LeakyRelu", Kind::combining},
    {"AveragePool", Kind::combining}, {"GlobalAveragePool", Kind::combining},
    {"Reshape", Kind::passing},       {"Transpose", Kind::passing},
    {"Squeeze", Kind::passing},       {"Unsqueeze", Kind::passing},
    {"Flatten", Kind::passing},       {"Gather", Kind::passing},
    {"Slice", Kind::passing},         {"Expand", Kind::passing},
    {"Tile", Kind::passing},          {"Split", Kind::passing},
    {"MaxPool", Kind::passing},       {"ReduceMax", Kind::passing},
    {"ReduceMin", Kind::passing},     {"Resize", Kind::passing},
    {"Relu", Kind::activation},       {"Clip", Kind::activation},
}};

// A scale per tensor hides everything below 1/16 of the largest input in the lowest four bits.
constexpr double kMixedRanges = 16;

bool has_weights(const Index& index, const Node& node) {
  const graph::Tensor* weights = graph::has_input(node, 1) ? index.constant(node.inputs[1]) : nullptr;
  if (weights == nullptr || weights->type != graph::DataType::f32 || weights->data.size() == 0) return false;
  return node.op == "Conv" ? weights->dims.size() == 3 || weights->dims.size() == 4
                           : weights->dims.size() == 2;
}

// "" when the node can be quantised; otherwise why not.
std::string refusal(const Index& index, const Ranges& ranges, const Node& node) {
  if (!has_weights(index, node))
    return index.constant(node.inputs.size() > 1 ? node.inputs[1] : "") == nullptr
               ? "its second factor is no constant"
               : "its weights are no float matrix or 1- or 2-dimensional kernel";
  if (graph::has_input(node, 2) && index.constant(node.inputs[2]) == nullptr)
    return "its bias is no constant";
  if (node.op == "Gemm" && (graph::float_or(node, "alpha", 1) != 1 || graph::float_or(node, "beta", 1) != 1 ||
                            graph::int_or(node, "transA", 0) != 0))
    return "Gemm with alpha, beta or transA has no integer kernel";
  if (node.op == "Conv" && graph::text_or(node, "auto_pad", "NOTSET") != "NOTSET" &&
      graph::text_or(node, "auto_pad", "NOTSET") != "VALID")
    return "auto_pad; write the padding as numbers";
  if (!ranges.contains(node.inputs[0]))
    return cat("calibration saw nothing of its input '", node.inputs[0], "'");
  const std::string& carried = carried_output(index, node);
  if (!ranges.contains(carried)) return cat("calibration saw nothing of its output '", carried, "'");
  for (const float w : index.constant(node.inputs[1])->as<float>()) {
    if (!std::isfinite(w)) return "its weights hold values that are no numbers";
  }
  return "";
}

class Selector {
 public:
  Selector(const Index& index, const Ranges& ranges, const Recipe& recipe)
      : index_(index), ranges_(ranges), recipe_(recipe), nodes_(index.graph().nodes) {
    selection_.quantised.assign(nodes_.size(), false);
    selection_.folded.assign(nodes_.size(), -1);
    selection_.integer_output.assign(nodes_.size(), false);
  }

  Selection run() {
    find_tail();
    for (size_t i = 0; i < nodes_.size(); ++i) choose(i);
    prune();
    for (size_t i = 0; i < nodes_.size(); ++i) place_output(i);
    note_mixed_ranges();
    return std::move(selection_);
  }

 private:
  bool kept(const Node& node) const {
    return recipe_.keep_float.contains(node.name) ||
           (!node.outputs.empty() && recipe_.keep_float.contains(node.outputs[0]));
  }

  // before_[i]: weights still come behind node i.
  void find_tail() {
    before_.assign(nodes_.size(), false);
    for (size_t i = nodes_.size(); i-- > 0;) {
      for (const std::string& output : nodes_[i].outputs) {
        for (const graph::Use& use : index_.uses(output)) {
          const Node& reader = nodes_[use.node];
          if (before_[use.node] || (kind_of(reader) == Kind::weighted && has_weights(index_, reader)))
            before_[i] = true;
        }
      }
    }
  }

  bool made_of_integers(const std::string& name) const {
    const auto producer = index_.producer(name);
    return producer && selection_.quantised[*producer];
  }

  void decide(const Node& node, bool quantised, std::string why) {
    selection_.decisions.push_back({graph::node_text(node), node.op, quantised, std::move(why)});
  }

  void choose(size_t i) {
    const Node& node = nodes_[i];
    const Kind kind = node.domain.empty() ? kind_of(node) : Kind::none;
    if (kind == Kind::none) return;
    std::string why;
    if (kept(node))
      why = "asked to stay in float";
    else if (kind == Kind::weighted)
      why = refusal(index_, ranges_, node);
    else if (!before_[i])
      why = "nothing behind it has weights";
    else
      why = follows(node);
    selection_.quantised[i] = why.empty();
    if (!why.empty()) decide(node, false, why);
  }

  // Why an operator between weights does not follow them; "": it does.
  std::string follows(const Node& node) const {
    bool integers = false;
    for (const size_t input : data_inputs(node)) {
      const std::string& name = node.inputs[input];
      integers = integers || made_of_integers(name);
      if (index_.constant(name) == nullptr && !made_of_integers(name) && !ranges_.contains(name))
        return cat("calibration saw nothing of its input '", name, "'");
    }
    if (!integers) return "its inputs are float";
    const std::string& carried = carried_output(index_, node);
    if (kind_of(node) != Kind::passing && !ranges_.contains(carried))
      return cat("calibration saw nothing of '", carried, "'");
    if (node.op == "Resize" && graph::text_or(node, "mode", "nearest") != "nearest")
      return "only the nearest-neighbour Resize hands integers on";
    if (node.op == "MaxPool" && node.outputs.size() > 1) return "its indices are read";
    return "";
  }

  // Operators between weights whose integers nobody reads would only convert there and back.
  void prune() {
    for (size_t i = nodes_.size(); i-- > 0;) {
      const Kind kind = kind_of(nodes_[i]);
      if (!selection_.quantised[i] || kind == Kind::weighted) continue;
      bool read = false;
      for (const std::string& output : nodes_[i].outputs) {
        for (const graph::Use& use : index_.uses(output)) read = read || selection_.quantised[use.node];
      }
      if (read) continue;
      selection_.quantised[i] = false;
      decide(nodes_[i], false, "only float operators read it");
    }
  }

  // Relu and Clip behind a node are done by the range of its integers.
  void place_output(size_t i) {
    const Node& node = nodes_[i];
    if (!selection_.quantised[i]) return;
    const Kind kind = kind_of(node);
    if (kind == Kind::weighted || node.op == "Add" || node.op == "Mul") fold(i);
    const std::string& carried = selection_.output_of(index_.graph(), i);
    bool integers_read = false;
    for (const graph::Use& use : index_.uses(carried))
      integers_read = integers_read || selection_.quantised[use.node];
    // Gemm and MatMul can give float at once; a convolution has to give integers.
    selection_.integer_output[i] = integers_read || (kind == Kind::weighted && node.op == "Conv") ||
                                   (kind != Kind::weighted && kind != Kind::activation);
    if (kind == Kind::activation) selection_.integer_output[i] = integers_read && !is_folded(i);
    decide(node, true, "");
  }

  bool is_folded(size_t i) const {
    return std::ranges::find(selection_.folded, static_cast<int>(i)) != selection_.folded.end();
  }

  void fold(size_t i) {
    const std::string& carried = carried_output(index_, nodes_[i]);
    if (carried == nodes_[i].outputs[0] || !ranges_.contains(carried)) return;
    const size_t reader = *index_.producer(carried);
    if (kept(nodes_[reader])) return;
    selection_.folded[i] = static_cast<int>(reader);
    selection_.quantised[reader] = true;
  }

  void note_mixed_ranges() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.op != "Concat") continue;
      double largest = 0, smallest = INFINITY;
      for (const std::string& name : node.inputs) {
        const auto found = ranges_.find(name);
        if (found == ranges_.end()) continue;
        const double reach = std::max(found->second.high, -found->second.low);
        largest = std::max(largest, reach);
        smallest = std::min(smallest, reach);
      }
      if (!(largest > kMixedRanges * smallest)) continue;
      selection_.notes.push_back(cat(graph::node_text(node), " puts values up to ", fixed(largest, 1),
                                     " beside values up to ", fixed(smallest, 2),
                                     selection_.quantised[i]
                                         ? "; it lies between weights and was quantised"
                                         : "; it and what stands behind the last weights stays in float"));
    }
  }

  const Index& index_;
  const Ranges& ranges_;
  const Recipe& recipe_;
  const std::vector<Node>& nodes_;
  std::vector<bool> before_;
  Selection selection_;
};

}  // namespace

Kind kind_of(const graph::Node& node) {
  if (!node.domain.empty() && node.domain != "ai.onnx") return Kind::none;
  const auto row = std::ranges::find(kOperators, node.op, &Row::op);
  return row == kOperators.end() ? Kind::none : row->kind;
}

std::vector<size_t> data_inputs(const graph::Node& node) {
  std::vector<size_t> inputs{0};
  if (node.op == "Add" || node.op == "Mul") inputs.push_back(1);
  if (node.op == "Concat") {
    for (size_t i = 1; i < node.inputs.size(); ++i) inputs.push_back(i);
  }
  return inputs;
}

const std::string& carried_output(const graph::Index& index, const graph::Node& node) {
  const std::string& output = node.outputs[0];
  const Kind kind = kind_of(node);
  if (kind != Kind::weighted && node.op != "Add" && node.op != "Mul") return output;
  if (!index.read_once(output)) return output;
  const graph::Use use = index.uses(output)[0];
  const graph::Node& reader = index.graph().nodes[use.node];
  return kind_of(reader) == Kind::activation && use.input == 0 ? reader.outputs[0] : output;
}

std::vector<std::string> tensors_to_observe(const graph::Index& index) {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  const auto add = [&](const std::string& name) {
    if (!name.empty() && index.constant(name) == nullptr && seen.insert(name).second) names.push_back(name);
  };
  for (const graph::Node& node : index.graph().nodes) {
    const Kind kind = kind_of(node);
    if (kind == Kind::none || (kind == Kind::weighted && !has_weights(index, node))) continue;
    if (kind != Kind::passing) {
      for (const size_t input : data_inputs(node)) {
        // What an activation alone reads never carries a scale.
        const auto producer = index.producer(node.inputs[input]);
        const bool hidden = producer && kind == Kind::activation &&
                            carried_output(index, index.graph().nodes[*producer]) == node.outputs[0];
        if (!hidden) add(node.inputs[input]);
      }
      add(carried_output(index, node));
    }
  }
  return names;
}

Selection select(const graph::Index& index, const Ranges& ranges, const Recipe& recipe) {
  return Selector(index, ranges, recipe).run();
}

}  // namespace oree::quantisation
