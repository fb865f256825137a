// Activations that exporters take apart, put together again.
#include "services/passes/fusion/walk.h"
#include "services/passes/rows.h"

namespace oree::passes {
namespace {

using graph::Index;
using graph::Node;

struct Match {
  std::string input;
  std::vector<size_t> parts;  // nodes that go, beside the last
};

// Clip(x + 3, 0, 6), or Relu and Min that do it.
std::optional<Match> clipped_sum(const Index& index, const std::string& name) {
  const auto clip = maker(index, name, "Clip");
  if (!clip) return std::nullopt;
  const Node& node = index.graph().nodes[*clip];
  if (!graph::has_input(node, 2) || scalar_of(index, node.inputs[1]) != 0.0f ||
      scalar_of(index, node.inputs[2]) != 6.0f)
    return std::nullopt;
  const auto sum = maker(index, node.inputs[0], "Add");
  if (!sum) return std::nullopt;
  const auto input = beside(index, index.graph().nodes[*sum], 3);
  if (!input) return std::nullopt;
  return Match{*input, {*clip, *sum}};
}

// The value that `name` is, divided by six.
std::optional<Match> sixth(const Index& index, const std::string& name) {
  const auto div = maker(index, name, "Div"), mul = maker(index, name, "Mul");
  if (!div && !mul) return std::nullopt;
  const Node& node = index.graph().nodes[div ? *div : *mul];
  if (div && scalar_of(index, node.inputs.at(1)) != 6.0f) return std::nullopt;
  const auto inner = div ? std::optional(node.inputs[0]) : beside(index, node, 1.0f / 6);
  if (!inner) return std::nullopt;
  auto match = clipped_sum(index, *inner);
  if (match) match->parts.push_back(div ? *div : *mul);
  return match;
}

std::optional<Match> hard_sigmoid(const Index& index, const std::string& name) {
  const auto node = maker(index, name, "HardSigmoid");
  if (!node) return std::nullopt;
  const Node& found = index.graph().nodes[*node];
  const bool fits = std::fabs(graph::float_or(found, "alpha", 0.2f) - 1.0f / 6) < 1e-4f &&
                    graph::float_or(found, "beta", 0.5f) == 0.5f;
  return fits ? std::optional(Match{found.inputs.at(0), {*node}}) : std::nullopt;
}

// x * clip(x + 3, 0, 6) / 6, with the division before or behind the product.
std::optional<Match> hard_swish(const Index& index, const Node& last) {
  if (last.inputs.size() != 2) return std::nullopt;
  if (last.op == "Mul") {
    for (size_t i = 0; i < 2; ++i) {
      auto match = sixth(index, last.inputs[i]);
      if (!match) match = hard_sigmoid(index, last.inputs[i]);
      if (match && match->input == last.inputs[1 - i]) return match;
    }
  }
  const bool divides = last.op == "Div" && scalar_of(index, last.inputs[1]) == 6.0f;
  const auto inner = divides            ? std::optional(last.inputs[0])
                     : last.op == "Mul" ? beside(index, last, 1.0f / 6)
                                        : std::nullopt;
  const auto product = inner ? maker(index, *inner, "Mul") : std::nullopt;
  if (!product || index.graph().nodes[*product].inputs.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const auto& inputs = index.graph().nodes[*product].inputs;
    auto match = clipped_sum(index, inputs[i]);
    if (!match || match->input != inputs[1 - i]) continue;
    match->parts.push_back(*product);
    return match;
  }
  return std::nullopt;
}

// 1 + erf(x / sqrt 2)
std::optional<Match> error_sum(const Index& index, const std::string& name) {
  const auto sum = maker(index, name, "Add");
  const auto error = sum ? beside(index, index.graph().nodes[*sum], 1) : std::nullopt;
  const auto erf = error ? maker(index, *error, "Erf") : std::nullopt;
  if (!erf) return std::nullopt;
  const std::string& scaled = index.graph().nodes[*erf].inputs.at(0);
  constexpr float kRoot = 1.41421356f;
  if (const auto div = maker(index, scaled, "Div")) {
    const Node& node = index.graph().nodes[*div];
    const auto by = scalar_of(index, node.inputs.at(1));
    if (by && std::fabs(*by - kRoot) < 1e-3f) return Match{node.inputs[0], {*sum, *erf, *div}};
  }
  if (const auto mul = maker(index, scaled, "Mul")) {
    const auto input = beside(index, index.graph().nodes[*mul], 1 / kRoot);
    if (input) return Match{*input, {*sum, *erf, *mul}};
  }
  return std::nullopt;
}

// 0.5 * x * (1 + erf(x / sqrt 2)), the half wherever it stands.
std::optional<Match> gelu(const Index& index, const Node& last) {
  if (last.op != "Mul" || last.inputs.size() != 2) return std::nullopt;
  if (const auto inner = beside(index, last, 0.5f)) {
    const auto product = maker(index, *inner, "Mul");
    if (!product) return std::nullopt;
    const auto& inputs = index.graph().nodes[*product].inputs;
    for (size_t i = 0; i < 2; ++i) {
      auto match = error_sum(index, inputs[i]);
      if (!match || match->input != inputs[1 - i]) continue;
      match->parts.push_back(*product);
      return match;
    }
  }
  for (size_t i = 0; i < 2; ++i) {
    auto match = error_sum(index, last.inputs[i]);
    const auto half = match ? maker(index, last.inputs[1 - i], "Mul") : std::nullopt;
    if (!half || beside(index, index.graph().nodes[*half], 0.5f) != match->input) continue;
    match->parts.push_back(*half);
    return match;
  }
  return std::nullopt;
}

Result<size_t> put_together(graph::Model& model, const char* op,
                            std::optional<Match> (*find)(const Index&, const Node&)) {
  return rewrite_each(model, [&](Rewrite& rewrite) -> Status {
    const auto& nodes = rewrite.graph().nodes;
    for (size_t n = 0; n < nodes.size(); ++n) {
      if (!nodes[n].domain.empty()) continue;
      const auto match = find(rewrite.index(), nodes[n]);
      if (!match || !rewrite.claim_all(n, match->parts)) continue;
      Node now = graph::make_node(op, {match->input}, nodes[n].outputs);
      now.name = nodes[n].name;
      rewrite.replace(n, std::move(now));
      for (const size_t part : match->parts) rewrite.remove(part);
    }
    return {};
  });
}

}  // namespace

Result<size_t> hard_swishes(graph::Model& model, const PassContext&) {
  if (graph::opset_of(model) < 14) return size_t{0};
  return put_together(model, "HardSwish", hard_swish);
}

Result<size_t> gelus(graph::Model& model, const PassContext&) {
  if (graph::opset_of(model) < 20) return size_t{0};
  return put_together(model, "Gelu", gelu);
}

}  // namespace oree::passes
