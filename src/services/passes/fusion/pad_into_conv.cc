#include <algorithm>

#include "core/graph/numbers.h"
#include "services/passes/rewrite.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

// The pads of a constant Pad of zeros, begin of every dimension and then ends; nullopt for any other.
std::optional<std::vector<int64_t>> zero_pads(const graph::Index& index, const graph::Node& node) {
  if (node.op != "Pad" || !node.domain.empty() || graph::text_or(node, "mode", "constant") != "constant")
    return std::nullopt;
  if (graph::has_input(node, 2) && scalar_of(index, node.inputs[2]) != 0.0f) return std::nullopt;
  if (graph::float_or(node, "value", 0) != 0 || graph::has_input(node, 3)) return std::nullopt;
  auto pads = graph::ints_or(node, "pads", {});
  if (graph::has_input(node, 1)) {
    const graph::Tensor* tensor = index.constant(node.inputs[1]);
    if (tensor == nullptr) return std::nullopt;
    auto values = graph::ints_of(*tensor);
    if (!values) return std::nullopt;
    pads = std::move(*values);
  }
  if (pads.empty() || std::ranges::any_of(pads, [](int64_t pad) { return pad < 0; })) return std::nullopt;
  return pads;
}

// The Conv with the pads added to its own; nullopt when batch or channels are padded too.
std::optional<graph::Node> padded(const graph::Node& conv, const std::vector<int64_t>& pads) {
  const size_t rank = pads.size() / 2;
  if (rank < 3 || pads[0] != 0 || pads[1] != 0 || pads[rank] != 0 || pads[rank + 1] != 0) return std::nullopt;
  const std::string how = graph::text_or(conv, "auto_pad", "NOTSET");
  if (how != "NOTSET" && how != "VALID") return std::nullopt;
  auto own = graph::ints_or(conv, "pads", std::vector<int64_t>(2 * (rank - 2), 0));
  if (own.size() != 2 * (rank - 2)) return std::nullopt;
  for (size_t d = 0; d < rank - 2; ++d) {
    own[d] += pads[2 + d];
    own[rank - 2 + d] += pads[rank + 2 + d];
  }
  graph::Node now = conv;
  graph::remove_attribute(now, "auto_pad");
  graph::set_attribute(now, graph::attribute("pads", own));
  return now;
}

}  // namespace

Result<size_t> pad_into_conv(graph::Model& model, const PassContext&) {
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].op != "Conv" || !nodes[n].domain.empty() || nodes[n].inputs.empty()) continue;
      const auto producer = rewrite.index().producer(nodes[n].inputs[0]);
      if (!producer || !rewrite.index().read_once(nodes[n].inputs[0])) continue;
      const auto pads = zero_pads(rewrite.index(), nodes[*producer]);
      if (!pads) continue;
      auto now = padded(nodes[n], *pads);
      if (!now || !rewrite.claim({*producer, n})) continue;
      now->inputs[0] = nodes[*producer].inputs[0];
      rewrite.replace(n, std::move(*now));
      rewrite.remove(*producer);
    }
    return {};
  });
}

}  // namespace oree::passes
