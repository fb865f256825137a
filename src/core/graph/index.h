// Who makes a name and who reads it, of one graph. Borrows the graph: make a new one when the graph has
// changed.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/graph/graph.h"

namespace oree::graph {

struct Use {
  size_t node = 0;
  size_t input = kCaptured;  // kCaptured: a graph nested in the node reads it
  static constexpr size_t kCaptured = ~size_t{0};
};

class Index {
 public:
  explicit Index(const Graph& graph);

  std::optional<size_t> producer(std::string_view name) const;  // index into graph.nodes
  const Node* producer_node(std::string_view name) const;  // nullptr: an input, an initializer, or nothing
  std::span<const Use> uses(std::string_view name) const;  // by nodes, in order
  const Tensor* initializer(std::string_view name) const;  // nullptr when it is none
  // The same, but only when no caller can replace it: not also an input of the graph. Constant nodes count
  // too.
  const Tensor* constant(std::string_view name) const;
  const Value* value(std::string_view name) const;  // declared type of an input, output or value
  bool is_output(std::string_view name) const;      // of the graph
  bool is_input(std::string_view name) const;
  // Exactly one node reads it, once, and it is no output of the graph.
  bool read_once(std::string_view name) const { return uses(name).size() == 1 && !is_output(name); }

  const Graph& graph() const { return *graph_; }

 private:
  void add_captures(const Graph& nested, size_t node);

  const Graph* graph_;
  std::unordered_map<std::string_view, size_t> producers_;
  std::unordered_map<std::string_view, std::vector<Use>> uses_;
  std::unordered_map<std::string_view, const Tensor*> initializers_;
  std::unordered_map<std::string_view, const Value*> values_;
  std::unordered_map<std::string_view, bool> inputs_, outputs_;
};

// Puts the nodes of the graph (not of nested ones) in an order in which each stands after those that it reads
// from, keeping the order where it is one. `invalid` when nodes wait for each other; the message names them.
Status sort_nodes(Graph& graph);

}  // namespace oree::graph
