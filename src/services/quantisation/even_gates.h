// Evens out the channels of tensors that gate themselves (gated.h) before a depthwise convolution.
//
// Behind a pointwise convolution some channels reach fifty times as far as others; with one scale for the
// tensor the small ones are left with a few of 256 steps, and a depthwise convolution, which keeps channels
// apart, never sees a large one make up for it. equalise.h cannot help: x · sigmoid(x) is another function of
// x / s. But where the gate itself is computed in floats, x can be made of integers with a scale for each
// channel, and be read again with another:
//
//   conv with weights / s -> integers -> · s -> x · sigmoid(x) -> / t -> integers -> conv with weights · t
//
// The two factors cost two passes over the tensor, so only tensors that need it get them. Pure.
#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/graph/graph.h"
#include "services/quantisation/recipe.h"

namespace oree::quantisation {

// Of a tensor's channels, one entry each.
struct Channels {
  std::vector<double> low, high, means;
};
using ChannelsOf = std::unordered_map<std::string, Channels>;

struct EvenedGates {
  std::unordered_set<std::string> floats;  // outputs of operators that have to stay in float for it
  Ranges ranges;                           // of the tensors that are new
};

// Changes the model to one that computes the same. Operators in `kept` (by output) are float: on their side
// of a gate nothing is done.
EvenedGates even_out_gates(graph::Model& model, const ChannelsOf& seen,
                           const std::unordered_set<std::string>& kept);

}  // namespace oree::quantisation
