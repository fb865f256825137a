// Neighbouring nodes of a network as a network of their own: what earlier nodes make comes in through its
// inputs.
//
//   const Index index(model.graph);
//   auto types = infer(model);                                       // shapes/infer.h
//   auto front = part_of(model, index, *types, {0, 40}, {"a", "skip"});
//   auto back = part_of(model, index, *types, {40, n}, {"y"});       // reads "a" and "skip"
//
// Pure; tensors share their bytes with the model's.
#pragma once

#include <span>
#include <string>

#include "core/graph/index.h"
#include "core/graph/shapes/infer.h"

namespace oree::graph {

struct NodeRange {
  size_t first = 0, end = 0;  // of graph.nodes, which stand in order
};

// What nodes of the range make and nodes behind it read: besides what else is wanted, its outputs.
std::vector<std::string> read_behind(const Index& index, NodeRange range);

// Inputs stand in the order in which the graph makes them. `unsupported` when the type of one that comes from
// before the range is not known or no tensor; the message names it.
Result<Model> part_of(const Model& model, const Index& index, const Inference& types, NodeRange range,
                      std::span<const std::string> outputs);

}  // namespace oree::graph
