#include <algorithm>
#include <unordered_set>

#include "services/passes/rows.h"

namespace oree::passes {
namespace {

using Names = std::unordered_set<std::string>;

void add_reads(const graph::Node& node, Names& wanted);

void add_captures(const graph::Graph& nested, Names& wanted) {
  for (const graph::Node& node : nested.nodes) add_reads(node, wanted);
  for (const graph::Value& output : nested.outputs) wanted.insert(output.name);
}

void add_reads(const graph::Node& node, Names& wanted) {
  wanted.insert(node.inputs.begin(), node.inputs.end());
  for (const graph::Attribute& attribute : node.attributes) {
    for (const graph::Graph& nested : attribute.graphs) add_captures(nested, wanted);
  }
}

size_t sweep(graph::Graph& graph) {
  Names wanted;
  for (const graph::Value& output : graph.outputs) wanted.insert(output.name);
  std::vector<graph::Node> kept;
  size_t removed = 0;
  // The nodes stand in order, so one walk from the end sees each reader before its makers.
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool used = std::ranges::any_of(
        node->outputs, [&](const std::string& name) { return !name.empty() && wanted.contains(name); });
    if (!used) {
      ++removed;
      continue;
    }
    add_reads(*node, wanted);
    kept.push_back(std::move(*node));
  }
  std::ranges::reverse(kept);
  graph.nodes = std::move(kept);
  removed += std::erase_if(graph.initializers,
                           [&](const graph::Tensor& tensor) { return !wanted.contains(tensor.name); });
  Names made;
  for (const graph::Node& node : graph.nodes) made.insert(node.outputs.begin(), node.outputs.end());
  std::erase_if(graph.values, [&](const graph::Value& value) { return !made.contains(value.name); });
  return removed;
}

}  // namespace

Result<size_t> dead_code(graph::Model& model, const PassContext&) {
  size_t removed = 0;
  graph::for_each_graph(model.graph, [&](graph::Graph& graph) { removed += sweep(graph); });
  return removed;
}

}  // namespace oree::passes
