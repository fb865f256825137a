#include "services/passes/rewrite.h"

#include <algorithm>

#include "core/graph/numbers.h"

namespace oree::passes {

using graph::Graph;
using graph::Node;

bool Rewrite::claim(std::initializer_list<size_t> nodes) {
  if (std::ranges::any_of(nodes, [&](size_t node) { return claimed_.contains(node); })) return false;
  claimed_.insert(nodes);
  ++changes_;
  return true;
}

bool Rewrite::claim_all(size_t node, const std::vector<size_t>& parts) {
  const auto taken = [&](size_t one) { return claimed_.contains(one); };
  if (taken(node) || std::ranges::any_of(parts, taken)) return false;
  claimed_.insert(node);
  claimed_.insert(parts.begin(), parts.end());
  ++changes_;
  return true;
}

bool Rewrite::bypass(size_t node, const std::string& source) {
  const std::string& output = graph_.nodes[node].outputs.at(0);
  if (touched_.contains(output) || touched_.contains(source) || claimed_.contains(node)) return false;
  if (index_.is_output(output)) {
    // The output keeps its name: whoever makes `source` makes it under that name from now on.
    const auto maker = index_.producer(source);
    if (!maker || index_.is_output(source) || index_.is_input(source) || claimed_.contains(*maker))
      return false;
    outputs_.emplace(source, output);
    names_.emplace(source, output);
  } else {
    names_.emplace(output, source);
  }
  touched_.insert(output);
  touched_.insert(source);
  claimed_.insert(node);
  removed_.insert(node);
  ++changes_;
  return true;
}

std::string Rewrite::add(graph::Tensor tensor) {
  tensor.name = fresh_(tensor.name);
  tensors_.push_back(std::move(tensor));
  return tensors_.back().name;
}

const std::string& Rewrite::renamed(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? name : found->second;
}

void Rewrite::rename(Graph& graph) const {
  for (Node& node : graph.nodes) {
    for (std::string& input : node.inputs) input = renamed(input);
    for (graph::Attribute& attribute : node.attributes) {
      for (Graph& nested : attribute.graphs) {
        rename(nested);
        for (graph::Value& output : nested.outputs) output.name = renamed(output.name);
      }
    }
  }
}

Result<size_t> Rewrite::finish() {
  if (changes_ == 0) return size_t{0};
  std::vector<Node> nodes;
  nodes.reserve(graph_.nodes.size() + added_.size());
  for (size_t n = 0; n < graph_.nodes.size(); ++n) {
    const auto replacement = replaced_.find(n);
    if (replacement != replaced_.end()) {
      nodes.push_back(std::move(replacement->second));
    } else if (!removed_.contains(n)) {
      nodes.push_back(std::move(graph_.nodes[n]));
    }
  }
  std::ranges::move(added_, std::back_inserter(nodes));
  graph_.nodes = std::move(nodes);
  for (Node& node : graph_.nodes) {
    for (std::string& output : node.outputs) {
      const auto found = outputs_.find(output);
      if (found != outputs_.end()) output = found->second;
    }
  }
  if (!names_.empty()) rename(graph_);
  std::ranges::move(tensors_, std::back_inserter(graph_.initializers));
  if (auto sorted = graph::sort_nodes(graph_); !sorted) return forward(sorted);
  return changes_;
}

Result<size_t> rewrite_each(graph::Model& model, const std::function<Status(Rewrite&)>& change) {
  size_t changes = 0;
  Status failed;
  graph::for_each_graph(model.graph, [&](Graph& graph) {
    if (!failed) return;
    Rewrite rewrite(graph);
    if (failed = change(rewrite); !failed) return;
    const auto finished = rewrite.finish();
    if (!finished) {
      failed = forward(finished);
      return;
    }
    changes += *finished;
  });
  if (!failed) return forward(failed);
  return changes;
}

std::optional<float> scalar_of(const graph::Index& index, const std::string& name) {
  const graph::Tensor* tensor = index.constant(name);
  if (tensor == nullptr || graph::element_count(tensor->dims) != 1) return std::nullopt;
  const auto values = graph::floats_of(*tensor);
  return values ? std::optional(values->at(0)) : std::nullopt;
}

}  // namespace oree::passes
