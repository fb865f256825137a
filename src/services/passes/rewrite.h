// How a pass changes a graph: it collects removals, replacements and renames while the index still holds, and
// applies them at once. Private to this room.
//
// A node or name takes part in one change per round; what would overlap waits for the next round.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/graph/graph.h"
#include "core/graph/index.h"

namespace oree::passes {

class Rewrite {
 public:
  explicit Rewrite(graph::Graph& graph) : graph_(graph), index_(graph), fresh_(graph) {}

  const graph::Index& index() const { return index_; }
  const graph::Graph& graph() const { return graph_; }
  std::string fresh(const std::string& wish) { return fresh_(wish); }

  // Whether none of the nodes takes part in a change of this round yet; the ones given then do.
  bool claim(std::initializer_list<size_t> nodes);
  bool claim_all(size_t node, const std::vector<size_t>& parts);

  // Takes the node out; whoever read its first output reads `source` instead. False, and nothing is done,
  // where the names of the graph's inputs and outputs forbid it.
  bool bypass(size_t node, const std::string& source);
  void remove(size_t node) { removed_.insert(node); }
  // Puts `now` where the node was.
  void replace(size_t node, graph::Node now) { replaced_.insert_or_assign(node, std::move(now)); }
  void add(graph::Node node) { added_.push_back(std::move(node)); }
  // Returns its name, which is fresh.
  std::string add(graph::Tensor tensor);

  // Applies everything and puts the nodes in order; returns how many changes were claimed.
  Result<size_t> finish();

 private:
  void rename(graph::Graph& graph) const;
  const std::string& renamed(const std::string& name) const;

  graph::Graph& graph_;
  graph::Index index_;
  graph::FreshNames fresh_;
  size_t changes_ = 0;
  std::unordered_set<size_t> claimed_, removed_;
  std::unordered_set<std::string> touched_;
  std::unordered_map<size_t, graph::Node> replaced_;
  std::unordered_map<std::string, std::string> names_;    // reads
  std::unordered_map<std::string, std::string> outputs_;  // what nodes make
  std::vector<graph::Node> added_;
  std::vector<graph::Tensor> tensors_;
};

// Calls `change` for the model's graph and each nested one with a Rewrite of it, and applies it.
Result<size_t> rewrite_each(graph::Model& model, const std::function<Status(Rewrite&)>& change);

// The one number of a constant with one element; nullopt for anything else.
std::optional<float> scalar_of(const graph::Index& index, const std::string& name);

}  // namespace oree::passes
