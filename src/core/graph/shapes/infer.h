// What every value of a model is: element type and shape, as far as it can be said before a run.
//
//   if (auto done = infer_types(model); !done) return done;   // declared types of outputs and values are now
//   there
//
// One rule per operator (rules.h); an operator without one leaves what the file declares. Contents of small
// integer tensors are followed too, so that Shape, Gather, Concat and Reshape in a row come out as numbers.
// Dimensions with a symbol keep it.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/graph/graph.h"

namespace oree::graph {

struct Inference {
  std::unordered_map<std::string, Type> types;  // by name, of the main graph and the nested ones
  std::unordered_map<std::string, std::vector<Dim>> contents;  // of small integer tensors; see rules.h
  std::vector<std::string> without_rule;                       // operators met that have no rule, each once
};

// Does not change the model. `invalid` when a node cannot be what it says (a Conv whose weights do not fit
// its input...); the message names the node. Expects the nodes in order.
Result<Inference> infer(const Model& model);

// Writes what `infer` finds into the outputs and values of the model's graphs.
Status infer_types(Model& model);

}  // namespace oree::graph
