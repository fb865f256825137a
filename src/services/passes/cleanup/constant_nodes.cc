#include "core/graph/numbers.h"
#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

std::optional<graph::Tensor> value_of(const graph::Node& node) {
  if (node.op != "Constant" || !node.domain.empty() || node.attributes.size() != 1) return std::nullopt;
  const graph::Attribute& value = node.attributes[0];
  if (!value.reference.empty()) return std::nullopt;
  const auto count = [](const auto& list) { return std::vector{static_cast<int64_t>(list.size())}; };
  if (value.name == "value" && value.tensors.size() == 1) return value.tensors[0];
  if (value.name == "value_float") return graph::scalar("", value.f);
  if (value.name == "value_int") return graph::tensor_of("", {}, std::span(&value.i, 1));
  if (value.name == "value_floats") return graph::tensor_of("", count(value.floats), std::span(value.floats));
  if (value.name == "value_ints") return graph::tensor_of("", count(value.ints), std::span(value.ints));
  return std::nullopt;
}

}  // namespace

Result<size_t> constant_nodes(graph::Model& model, const PassContext&) {
  size_t changes = 0;
  graph::for_each_graph(model.graph, [&](graph::Graph& graph) {
    const size_t removed = std::erase_if(graph.nodes, [&](const graph::Node& node) {
      auto tensor = value_of(node);
      if (!tensor || node.outputs.size() != 1) return false;
      tensor->name = node.outputs[0];
      graph.initializers.push_back(std::move(*tensor));
      return true;
    });
    changes += removed;
  });
  return changes;
}

}  // namespace oree::passes
