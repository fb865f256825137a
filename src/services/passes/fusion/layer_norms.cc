#include <algorithm>

#include "core/graph/numbers.h"
#include "services/passes/fusion/walk.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

using graph::Index;
using graph::Node;

// Whether the node reduces the last dimension only, and keeps it.
bool over_the_last(const Index& index, const Node& node, int64_t rank) {
  auto axes = graph::ints_or(node, "axes", {});
  if (graph::has_input(node, 1)) {
    const graph::Tensor* tensor = index.constant(node.inputs[1]);
    const auto values =
        tensor != nullptr ? graph::ints_of(*tensor) : Result<std::vector<int64_t>>(std::vector<int64_t>{});
    if (values) axes = *values;
  }
  return graph::int_or(node, "keepdims", 1) == 1 && axes.size() == 1 &&
         (axes[0] == -1 || axes[0] == rank - 1);
}

struct Match {
  std::string input, scale, shift;
  float epsilon = 0;
  std::vector<size_t> parts;
};

// sqrt(mean((x - m)^2) + e), from the name of the root; `centred` is x - m.
bool deviation(const Index& index, const std::string& name, const std::string& centred, int64_t rank,
               Match& match) {
  const auto root = maker(index, name, "Sqrt");
  const auto sum = root ? maker(index, index.graph().nodes[*root].inputs.at(0), "Add") : std::nullopt;
  if (!sum) return false;
  const Node& add = index.graph().nodes[*sum];
  for (size_t i = 0; i < 2; ++i) {
    const auto epsilon = scalar_of(index, add.inputs.at(i));
    const auto mean = epsilon ? maker(index, add.inputs.at(1 - i), "ReduceMean") : std::nullopt;
    if (!mean || !over_the_last(index, index.graph().nodes[*mean], rank)) continue;
    const std::string& squares = index.graph().nodes[*mean].inputs[0];
    const auto power = maker(index, squares, "Pow"), product = maker(index, squares, "Mul");
    const Node* square = power     ? &index.graph().nodes[*power]
                         : product ? &index.graph().nodes[*product]
                                   : nullptr;
    if (square == nullptr || square->inputs.size() != 2 || square->inputs[0] != centred) continue;
    if (power ? scalar_of(index, square->inputs[1]) != 2.0f : square->inputs[1] != centred) continue;
    match.epsilon = *epsilon;
    match.parts.insert(match.parts.end(), {*root, *sum, *mean, power ? *power : *product});
    return true;
  }
  return false;
}

// Of a product or sum: the constant, which has one number for each element of the last dimension, and the
// other side.
std::optional<std::pair<std::string, std::string>> constant_side(const Index& index, const Node& node) {
  for (size_t i = 0; i < 2 && node.inputs.size() == 2; ++i) {
    const graph::Tensor* tensor = index.constant(node.inputs[i]);
    if (tensor != nullptr && tensor->dims.size() == 1) return std::pair(node.inputs[i], node.inputs[1 - i]);
  }
  return std::nullopt;
}

std::optional<Match> find(const Index& index, const Node& last) {
  const auto shift = last.op == "Add" ? constant_side(index, last) : std::nullopt;
  const auto scaled = shift ? maker(index, shift->second, "Mul") : std::nullopt;
  const auto scale = scaled ? constant_side(index, index.graph().nodes[*scaled]) : std::nullopt;
  const auto quotient = scale ? maker(index, scale->second, "Div") : std::nullopt;
  if (!quotient) return std::nullopt;
  const std::string& centred = index.graph().nodes[*quotient].inputs.at(0);
  const auto minus = index.producer(centred);
  if (!minus || index.graph().nodes[*minus].op != "Sub" || index.is_output(centred)) return std::nullopt;
  const Node& sub = index.graph().nodes[*minus];
  const auto mean = maker(index, sub.inputs.at(1), "ReduceMean");
  if (!mean || index.graph().nodes[*mean].inputs[0] != sub.inputs[0]) return std::nullopt;
  const graph::Value* input = index.value(sub.inputs[0]);
  if (input == nullptr || !input->type.has_shape) return std::nullopt;
  const auto rank = static_cast<int64_t>(input->type.dims.size());
  Match match{sub.inputs[0], scale->first, shift->first, 0, {*scaled, *quotient, *minus, *mean}};
  if (!over_the_last(index, index.graph().nodes[*mean], rank)) return std::nullopt;
  if (!deviation(index, index.graph().nodes[*quotient].inputs.at(1), centred, rank, match))
    return std::nullopt;
  // Whoever reads x - m must be of the pattern: the square (once or twice) and the quotient.
  const bool alone = std::ranges::all_of(index.uses(centred), [&](const graph::Use& use) {
    return use.node == *quotient || std::ranges::find(match.parts, use.node) != match.parts.end();
  });
  return alone ? std::optional(match) : std::nullopt;
}

}  // namespace

Result<size_t> layer_norms(graph::Model& model, const PassContext&) {
  if (graph::opset_of(model) < 17) return size_t{0};
  return rewrite_each(model, [](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (!nodes[n].domain.empty()) continue;
      const auto match = find(rewrite.index(), nodes[n]);
      if (!match || !rewrite.claim_all(n, match->parts)) continue;
      Node now = graph::make_node(
          "LayerNormalization", {match->input, match->scale, match->shift}, nodes[n].outputs,
          {graph::attribute("axis", int64_t{-1}), graph::attribute("epsilon", match->epsilon)});
      now.name = nodes[n].name;
      rewrite.replace(n, std::move(now));
      for (const size_t part : match->parts) rewrite.remove(part);
    }
    return {};
  });
}

}  // namespace oree::passes
