#include "services/quantisation/equalise.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "core/graph/index.h"
#include "core/graph/numbers.h"

namespace oree::quantisation {

namespace {

using graph::Node;

// A channel that hardly ever says anything must not be blown up without limit.
constexpr double kLeastShare = 1.0 / 256;

class Equaliser {
 public:
  Equaliser(graph::Model& model, const ChannelReach& reach, double strength)
      : model_(model), before_(model.graph), index_(before_), reach_(reach), strength_(strength) {}

  std::vector<std::string> run() {
    tie();
    std::map<std::string, std::vector<std::string>> groups;
    for (const auto& [name, parent] : parents_) groups[find(name)].push_back(name);
    std::vector<std::string> changed;
    for (const auto& [root, members] : groups) {
      if (!scalable(members)) continue;
      const std::vector<double> scales = scales_of(members);
      if (scales.empty()) continue;
      apply(members, scales);
      changed.insert(changed.end(), members.begin(), members.end());
    }
    return changed;
  }

 private:
  std::string find(const std::string& name) {
    std::string at = name;
    parents_.try_emplace(at, at);
    while (parents_[at] != at) at = parents_[at];
    return at;
  }

  // Whether the operator does the same to every channel and nothing that a positive factor would change.
  bool keeps_channels(const Node& node) const {
    if (node.op == "Relu" || node.op == "MaxPool" || node.op == "AveragePool" ||
        node.op == "GlobalAveragePool")
      return node.outputs.size() == 1;
    return node.op == "Add" && index_.constant(node.inputs[0]) == nullptr &&
           index_.constant(node.inputs[1]) == nullptr;
  }

  void tie() {
    for (const Node& node : before_.nodes) {
      if (node.op == "Conv") find(node.outputs[0]);
      if (!keeps_channels(node)) continue;
      for (size_t i = 0; i < (node.op == "Add" ? 2u : 1u); ++i) {
        const std::string from = find(node.inputs[i]), to = find(node.outputs[0]);
        parents_[from] = to;
      }
    }
  }

  const graph::Tensor* weights_of(const Node& node) const {
    const graph::Tensor* weights = node.op == "Conv" ? index_.constant(node.inputs[1]) : nullptr;
    return weights != nullptr && weights->type == graph::DataType::f32 && weights->dims.size() == 4 &&
                   index_.uses(weights->name).size() == 1
               ? weights
               : nullptr;
  }

  static bool depthwise(const Node& node, const graph::Tensor& weights) {
    const int64_t groups = graph::int_or(node, "group", 1);
    return groups > 1 && weights.dims[1] == 1 && weights.dims[0] == groups;
  }

  bool scalable(const std::vector<std::string>& members) const {
    for (const std::string& name : members) {
      if (index_.is_input(name) || index_.is_output(name) || index_.constant(name) != nullptr) return false;
      const Node* producer = index_.producer_node(name);
      if (producer == nullptr || (!keeps_channels(*producer) && !makes(*producer))) return false;
      for (const graph::Use& use : index_.uses(name)) {
        const Node& reader = before_.nodes[use.node];
        const bool reads = use.input == 0 && weights_of(reader) != nullptr &&
                           (graph::int_or(reader, "group", 1) == 1 || depthwise(reader, *weights_of(reader)));
        if (!reads && !keeps_channels(reader)) return false;
      }
    }
    return true;
  }

  bool makes(const Node& node) const {
    if (weights_of(node) == nullptr) return false;
    if (!graph::has_input(node, 2)) return true;
    const graph::Tensor* bias = index_.constant(node.inputs[2]);
    return bias != nullptr && bias->type == graph::DataType::f32 && index_.uses(bias->name).size() == 1;
  }

  std::vector<double> scales_of(const std::vector<std::string>& members) const {
    std::vector<double> most;
    for (const std::string& name : members) {
      const auto found = reach_.find(name);
      if (found == reach_.end()) continue;
      if (most.empty()) most = found->second;
      if (most.size() != found->second.size()) return {};
      for (size_t c = 0; c < most.size(); ++c) most[c] = std::max(most[c], found->second[c]);
    }
    if (most.empty()) return {};
    const double largest = *std::ranges::max_element(most);
    if (!(largest > 0)) return {};
    for (double& share : most) share = std::pow(std::max(share / largest, kLeastShare), strength_);
    return most;
  }

  void apply(const std::vector<std::string>& members, const std::vector<double>& scales) {
    for (const std::string& name : members) {
      const Node& producer = *index_.producer_node(name);
      if (!keeps_channels(producer)) {
        scale(producer.inputs[1], scales, true, true);
        if (graph::has_input(producer, 2)) scale(producer.inputs[2], scales, true, true);
      }
      for (const graph::Use& use : index_.uses(name)) {
        const Node& reader = before_.nodes[use.node];
        if (reader.op == "Conv")
          scale(reader.inputs[1], scales, depthwise(reader, *weights_of(reader)), false);
      }
    }
  }

  // Divides (or multiplies) a weight along its output channels (or its inputs) by the scales.
  void scale(const std::string& name, const std::vector<double>& scales, bool along_outputs, bool divide) {
    graph::Tensor& tensor = *graph::find_initializer(model_.graph, name);
    std::vector<float> values(tensor.as<float>().begin(), tensor.as<float>().end());
    const auto outputs = static_cast<size_t>(tensor.dims[0]);
    const size_t inputs = along_outputs ? 1 : static_cast<size_t>(tensor.dims[1]);
    const size_t inner = values.size() / (outputs * inputs);
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t channel = along_outputs ? i / inner : i / inner % inputs;
      const double s = scales[channel];
      values[i] = static_cast<float>(divide ? double{values[i]} / s : double{values[i]} * s);
    }
    tensor = graph::tensor_of(tensor.name, tensor.dims, std::span<const float>(values));
  }

  graph::Model& model_;
  const graph::Graph before_;
  graph::Index index_;
  const ChannelReach& reach_;
  double strength_;
  std::map<std::string, std::string> parents_;
};

}  // namespace

std::vector<std::string> equalise_channels(graph::Model& model, const ChannelReach& reach, double strength) {
  return Equaliser(model, reach, strength).run();
}

}  // namespace oree::quantisation
