#include <map>

#include "platform/onnx/codec.h"
#include "services/passes/nondeterministic.h"
#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

// Everything about a node but its name and outputs, as bytes: printed by the codec, so that no attribute is
// forgotten.
Result<std::string> fingerprint(const graph::Node& node) {
  graph::Model one;
  one.graph.nodes = {node};
  graph::Node& copy = one.graph.nodes[0];
  copy.name.clear();
  copy.rest.clear();
  for (std::string& output : copy.outputs) output = output.empty() ? "" : "y";
  return onnx::print(one);
}

Status share_nodes(Rewrite& rewrite) {
  std::map<std::string, size_t> seen;
  const auto& nodes = rewrite.graph().nodes;
  for (size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].outputs.size() != 1 || nondeterministic(nodes[n])) continue;
    auto print = fingerprint(nodes[n]);
    if (!print) return forward(print);
    const auto [first, fresh] = seen.emplace(std::move(*print), n);
    if (!fresh) rewrite.bypass(n, nodes[first->second].outputs[0]);
  }
  return {};
}

size_t share_tensors(graph::Graph& graph) {
  std::map<std::string, std::string> seen;  // contents → name
  std::vector<std::pair<std::string, std::string>> renames;
  for (const graph::Tensor& tensor : graph.initializers) {
    constexpr size_t kSmall = 4096;  // large ones are seldom equal and dear to compare
    if (tensor.data.size() > kSmall || !tensor.text.empty() || !tensor.external.empty()) continue;
    if (graph::find_value(graph, tensor.name) != nullptr) continue;
    std::string contents = std::to_string(static_cast<int>(tensor.type)) + graph::dims_text(tensor.dims);
    contents += as_text(tensor.data.view());
    const auto [first, fresh] = seen.emplace(std::move(contents), tensor.name);
    if (!fresh && first->second != tensor.name) renames.emplace_back(tensor.name, first->second);
  }
  for (const auto& [from, to] : renames) {
    graph::rename_reads(graph, from, to);
    std::erase_if(graph.initializers, [&](const graph::Tensor& tensor) { return tensor.name == from; });
  }
  return renames.size();
}

}  // namespace

Result<size_t> duplicates(graph::Model& model, const PassContext&) {
  const size_t tensors = share_tensors(model.graph);
  auto nodes = rewrite_each(model, share_nodes);
  if (!nodes) return nodes;
  return tensors + *nodes;
}

}  // namespace oree::passes
