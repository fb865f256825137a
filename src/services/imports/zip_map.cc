#include "services/imports/zip_map.h"

#include <algorithm>
#include <ranges>
#include <string>
#include <unordered_set>

namespace oree::imports {
namespace {

// Keeps the nodes that the outputs need; the graph is in the order in which it runs.
void drop_unread(graph::Graph& graph) {
  std::unordered_set<std::string> wanted;
  for (const graph::Value& output : graph.outputs) wanted.insert(output.name);
  std::vector<bool> keep(graph.nodes.size(), false);
  for (size_t i = graph.nodes.size(); i-- > 0;) {
    const graph::Node& node = graph.nodes[i];
    keep[i] = std::ranges::any_of(node.outputs, [&](const auto& name) { return wanted.contains(name); });
    if (keep[i]) wanted.insert(node.inputs.begin(), node.inputs.end());
  }
  size_t next = 0;
  std::erase_if(graph.nodes, [&](const graph::Node&) { return !keep[next++]; });
}

}  // namespace

bool cut_zip_map(graph::Model& model) {
  graph::Graph& graph = model.graph;
  const auto node = std::ranges::find_if(graph.nodes, [](const graph::Node& each) {
    return each.op == "ZipMap" && each.domain == "ai.onnx.ml" && graph::has_input(each, 0);
  });
  if (node == graph.nodes.end()) return false;
  const std::string scores = node->inputs[0];
  const graph::Value* declared = graph::find_value(graph, scores);
  const bool typed = declared != nullptr && declared->type.kind == graph::TypeKind::tensor;
  graph::Type type =
      typed ? declared->type
            : graph::tensor_type(graph::DataType::f32, {graph::Dim{1, ""}, graph::Dim{-1, "labels"}});
  graph.outputs = {graph::Value{scores, std::move(type), {}}};
  drop_unread(graph);
  return true;
}

}  // namespace oree::imports
