#include "services/certification/safety.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/graph/check/check.h"

namespace oree::certification {

namespace {

// What ONNX Runtime brings along; everything else comes from a library that somebody would have to load.
constexpr std::array<std::string_view, 4> kKnownDomains{"", "ai.onnx", "ai.onnx.ml", "com.microsoft"};

void look_at(const graph::Tensor& tensor, Safety& found) {
  if (!tensor.external.empty()) found.external.push_back(tensor.name);
}

void look_at(const graph::Graph& graph, Safety& found) {
  for (const graph::Tensor& tensor : graph.initializers) look_at(tensor, found);
  for (const graph::Node& node : graph.nodes) {
    if (std::ranges::find(kKnownDomains, node.domain) == kKnownDomains.end())
      found.foreign.push_back(cat("node '", node.name, "': ", node.domain, ".", node.op));
    for (const auto& attribute : node.attributes) {
      for (const graph::Tensor& tensor : attribute.tensors) look_at(tensor, found);
      for (const graph::Graph& nested : attribute.graphs) look_at(nested, found);
    }
  }
}

}  // namespace

Safety inspect(const graph::Model& written) {
  Safety found;
  look_at(written.graph, found);
  if (const Status checked = graph::check(written); !checked) found.broken = checked.error().what;
  return found;
}

}  // namespace oree::certification
