// Which nodes become integers, and which tensors carry a scale. Pure.
//
// Operators with constant weights are the reason to quantise; operators between them follow when an input of
// theirs is an integer already. What stands behind the last weights stays in float: it costs little, and it
// is where box coordinates of hundreds of pixels meet scores below one in the same tensor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/graph/index.h"
#include "services/quantisation/recipe.h"

namespace oree::quantisation {

enum class Kind {
  none,        // stays in float
  weighted,    // Conv, Gemm, MatMul
  combining,   // has integers of its own scale: Add, Mul, Concat, Sigmoid, average pooling
  passing,     // hands integers on unchanged: Reshape, MaxPool, Split
  activation,  // Relu, Clip: what the range of the integers already does
};
Kind kind_of(const graph::Node& node);

// Which inputs of the node are data that carry a scale (of Reshape only the first, of Concat all).
std::vector<size_t> data_inputs(const graph::Node& node);

struct Selection {
  std::vector<bool> quantised;  // per node of the graph
  // Per node: the activation behind it, whose output carries the integers instead of its own; -1: none.
  std::vector<int> folded;
  std::vector<bool> integer_output;  // per node: its output (or that of its activation) carries a scale
  std::vector<Decision> decisions;
  std::vector<std::string> notes;

  // The name that carries node i's integers.
  const std::string& output_of(const graph::Graph& graph, size_t i) const {
    const auto at = folded[i] < 0 ? i : static_cast<size_t>(folded[i]);
    return graph.nodes[at].outputs[0];
  }
};

Selection select(const graph::Index& index, const Ranges& ranges, const Recipe& recipe);

// What calibration has to look at: every tensor that may carry a scale or whose channels' means say how
// weights err. In the order of the graph.
std::vector<std::string> tensors_to_observe(const graph::Index& index);

// The output that would carry the node's integers: its own, or that of a Relu or Clip that alone reads it.
const std::string& carried_output(const graph::Index& index, const graph::Node& node);

}  // namespace oree::quantisation
