#include "services/passes/precision/unpack_weights.h"

#include <algorithm>

#include "core/graph/numbers.h"
#include "services/passes/rewrite.h"

namespace oree::passes {
namespace {

// value = (q - zero) * scale, with the scale of its place along the axis.
std::optional<graph::Tensor> unpacked(const graph::Index& index, const graph::Node& node) {
  const graph::Tensor* integers = index.constant(node.inputs.at(0));
  const graph::Tensor* scale = node.inputs.size() > 1 ? index.constant(node.inputs[1]) : nullptr;
  if (integers == nullptr || scale == nullptr || scale->type != graph::DataType::f32) return std::nullopt;
  if (integers->type != graph::DataType::i8 && integers->type != graph::DataType::u8) return std::nullopt;
  if (integers->dims.empty() || graph::int_or(node, "block_size", 0) != 0) return std::nullopt;
  const auto q = graph::doubles_of(*integers), scales = graph::doubles_of(*scale);
  if (!q || !scales) return std::nullopt;
  std::vector<double> zeros(scales->size(), 0);
  if (graph::has_input(node, 2)) {
    const graph::Tensor* zero = index.constant(node.inputs[2]);
    const auto given = zero == nullptr ? Result<std::vector<double>>{} : graph::doubles_of(*zero);
    if (!given || given->size() != zeros.size()) return std::nullopt;
    zeros = *given;
  }
  const auto rank = static_cast<int64_t>(integers->dims.size());
  int64_t axis = graph::int_or(node, "axis", 1);
  if (axis < 0) axis += rank;
  size_t inner = 1, along = 1;  // elements between two of the axis; places on it
  if (scales->size() > 1) {
    if (axis >= rank || static_cast<int64_t>(scales->size()) != integers->dims[static_cast<size_t>(axis)])
      return std::nullopt;
    along = scales->size();
    for (size_t d = static_cast<size_t>(axis) + 1; d < integers->dims.size(); ++d)
      inner *= static_cast<size_t>(integers->dims[d]);
  }
  std::vector<float> values(q->size());
  for (size_t i = 0; i < q->size(); ++i) {
    const size_t at = i / inner % along;
    values[i] = static_cast<float>(((*q)[i] - zeros[at]) * (*scales)[at]);
  }
  return graph::tensor_of(integers->name + "_float", integers->dims, std::span<const float>(values));
}

}  // namespace

Result<size_t> unpack_weights(graph::Model& model) {
  bool integers = false;
  graph::for_each_graph(model.graph, [&](const graph::Graph& graph) {
    integers = integers || std::ranges::any_of(graph.nodes, [](const graph::Node& node) {
                 return node.op == "QuantizeLinear" || node.op == "DynamicQuantizeLinear";
               });
  });
  if (integers) return size_t{0};
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    for (size_t n = 0; n < rewrite.graph().nodes.size(); ++n) {
      const graph::Node& node = rewrite.graph().nodes[n];
      if (node.op != "DequantizeLinear" || !node.domain.empty()) continue;
      auto values = unpacked(rewrite.index(), node);
      if (!values) continue;
      rewrite.bypass(n, rewrite.add(*std::move(values)));
    }
    return {};
  });
}

}  // namespace oree::passes
