// Walking a graph backwards along a pattern. Private to this room.
#pragma once

#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "services/passes/rewrite.h"

namespace oree::passes {

// The node that makes `name`, when it is of this operator and nobody else reads what it makes.
inline std::optional<size_t> maker(const graph::Index& index, const std::string& name, std::string_view op) {
  const auto node = index.producer(name);
  if (!node || !index.read_once(name)) return std::nullopt;
  const graph::Node& found = index.graph().nodes[*node];
  return found.op == op && found.domain.empty() ? node : std::nullopt;
}

// Of a node with two inputs: the other one, when one of them is a constant near `value`.
inline std::optional<std::string> beside(const graph::Index& index, const graph::Node& node, float value) {
  if (node.inputs.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const auto number = scalar_of(index, node.inputs[i]);
    if (number && std::fabs(*number - value) <= 1e-4f * std::fabs(value)) return node.inputs[1 - i];
  }
  return std::nullopt;
}

}  // namespace oree::passes
