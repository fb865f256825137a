// How to say a node of opset version v-1 in version v: one row per operator and version. Private to this
// room.
#pragma once

#include <span>

#include "core/graph/graph.h"

namespace oree::graph {

// What an adapter may use: the graph around the node (its initializers), fresh names, and the shapes that are
// declared.
struct Adapting {
  Graph& graph;
  FreshNames& fresh;
  std::vector<Node> before, after;  // nodes to put around this one

  // Adds an initializer and returns its name.
  std::string constant(const std::string& wish, std::vector<int64_t> dims, std::span<const int64_t> values);
  std::string constant(const std::string& wish, std::vector<int64_t> dims, std::span<const float> values);
  // Rank of a name by its declared type or initializer; -1 when it is not known.
  int64_t rank(const std::string& name) const;
  DataType element(const std::string& name) const;  // undefined when it is not known
};

struct Adapter {
  std::string_view op;
  int64_t version;  // the first that says it in the new way
  Status (*adapt)(Node& node, Adapting& adapting);
};

std::span<const Adapter> attribute_adapters();  // attributes that became inputs
std::span<const Adapter> meaning_adapters();    // defaults and operators that changed

// Takes the attribute off the node and gives its list as a constant input at `place`.
void ints_become_input(Node& node, Adapting& adapting, std::string_view name, size_t place);

}  // namespace oree::graph
