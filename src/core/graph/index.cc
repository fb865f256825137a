#include "core/graph/index.h"

#include <queue>

namespace oree::graph {

Index::Index(const Graph& graph) : graph_(&graph) {
  for (const Tensor& tensor : graph.initializers) initializers_.emplace(tensor.name, &tensor);
  for (const Value& value : graph.values) values_.emplace(value.name, &value);
  for (const Value& value : graph.outputs) {
    values_.insert_or_assign(value.name, &value);
    outputs_.emplace(value.name, true);
  }
  for (const Value& value : graph.inputs) {
    values_.insert_or_assign(value.name, &value);
    inputs_.emplace(value.name, true);
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (!node.inputs[i].empty()) uses_[node.inputs[i]].push_back({n, i});
    }
    for (const std::string& output : node.outputs) {
      if (!output.empty()) producers_.emplace(output, n);
    }
    for (const Attribute& attribute : node.attributes) {
      for (const Graph& nested : attribute.graphs) add_captures(nested, n);
    }
  }
}

// A name that a nested graph makes itself and one of the outer graph may be the same; then this says one use
// too many, which keeps passes from touching it and harms nothing.
void Index::add_captures(const Graph& nested, size_t node) {
  const auto add = [&](const std::string& name) {
    if (!name.empty()) uses_[name].push_back({node, Use::kCaptured});
  };
  for (const Node& inner : nested.nodes) {
    for (const std::string& input : inner.inputs) add(input);
    for (const Attribute& attribute : inner.attributes) {
      for (const Graph& deeper : attribute.graphs) add_captures(deeper, node);
    }
  }
  for (const Value& output : nested.outputs) add(output.name);
}

std::optional<size_t> Index::producer(std::string_view name) const {
  const auto found = producers_.find(name);
  return found == producers_.end() ? std::nullopt : std::optional(found->second);
}

const Node* Index::producer_node(std::string_view name) const {
  const auto found = producer(name);
  return found ? &graph_->nodes[*found] : nullptr;
}

std::span<const Use> Index::uses(std::string_view name) const {
  const auto found = uses_.find(name);
  return found == uses_.end() ? std::span<const Use>{} : std::span<const Use>{found->second};
}

const Tensor* Index::initializer(std::string_view name) const {
  const auto found = initializers_.find(name);
  return found == initializers_.end() ? nullptr : found->second;
}

const Tensor* Index::constant(std::string_view name) const {
  if (const Tensor* tensor = initializer(name)) return is_input(name) ? nullptr : tensor;
  const Node* node = producer_node(name);
  if (node == nullptr || node->op != "Constant" || !node->domain.empty()) return nullptr;
  const Attribute* value = find_attribute(*node, "value");
  return value != nullptr && !value->tensors.empty() ? &value->tensors[0] : nullptr;
}

const Value* Index::value(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : found->second;
}

bool Index::is_output(std::string_view name) const {
  return outputs_.contains(name);
}
bool Index::is_input(std::string_view name) const {
  return inputs_.contains(name);
}

Status sort_nodes(Graph& graph) {
  std::vector<size_t> order;
  order.reserve(graph.nodes.size());
  {
    const Index index(graph);
    std::vector<std::vector<size_t>> followers(graph.nodes.size());
    std::vector<size_t> waits(graph.nodes.size(), 0);
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      for (const std::string& output : graph.nodes[n].outputs) {
        for (const Use& use : index.uses(output)) {
          if (use.node == n && use.input == Use::kCaptured) continue;  // the nested graph's own name
          followers[n].push_back(use.node);
          ++waits[use.node];
        }
      }
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t n = 0; n < waits.size(); ++n) {
      if (waits[n] == 0) ready.push(n);
    }
    for (; !ready.empty();) {
      const size_t n = ready.top();
      ready.pop();
      order.push_back(n);
      for (const size_t follower : followers[n]) {
        if (--waits[follower] == 0) ready.push(follower);
      }
    }
    if (order.size() != graph.nodes.size()) {
      std::string names;
      size_t shown = 0;
      for (size_t n = 0; n < waits.size() && shown < 3; ++n) {
        if (waits[n] > 0) names += (shown++ ? ", " : "") + node_text(graph.nodes[n]);
      }
      return fail(ErrorKind::invalid, std::to_string(graph.nodes.size() - order.size()) +
                                          " nodes wait for each other in a circle: " + names);
    }
  }
  std::vector<Node> sorted;
  sorted.reserve(order.size());
  for (const size_t n : order) sorted.push_back(std::move(graph.nodes[n]));
  graph.nodes = std::move(sorted);
  return {};
}

}  // namespace oree::graph
