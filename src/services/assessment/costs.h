// What each node of a model costs: products and sums, weights, and the memory that its results take while it
// runs.
//
// Open dimensions count as 1, so all figures are for one sample. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/graph/shapes/infer.h"

namespace oree::assessment {

struct NodeCost {
  uint64_t macs = 0;        // multiply-accumulates; 0 for nodes that only move or compare
  uint64_t parameters = 0;  // elements of constants that it reads; what several read counts for the first
  uint64_t weight_bytes = 0;
};
// One for each node of the main graph.
std::vector<NodeCost> costs_of(const graph::Graph& graph, const graph::Inference& types);

struct MemoryPlan {
  uint64_t live_bytes =
      0;  // the largest sum of results that are needed at the same time: no plan can do with less
  uint64_t arena_bytes =
      0;                 // what a plan with fixed places needs: largest first, each at the lowest free place
  size_t peak_node = 0;  // where the sum is largest
  std::vector<std::string> unknown;  // results whose size is not known before a run
};
MemoryPlan plan_memory(const graph::Graph& graph, const graph::Inference& types);

// 0 when element type or rank is not known; open dimensions as 1.
uint64_t bytes_of(const graph::Type& type);

}  // namespace oree::assessment
