// Whether a model makes sense: names, order, operators, opsets, shapes and weights. What passes here a
// runtime can be asked to load.
//
// Errors are `invalid` (or `unsupported` for versions that we do not know) and name the node or tensor and
// the fix.
#pragma once

#include "core/graph/graph.h"

namespace oree::graph {

// Structure: IR version and opsets; each name made once and before it is read; standard operators exist at
// their version and have as many inputs and outputs as they may; no circles; each domain used is imported;
// shapes fit (shapes/infer.h). The nodes need not stand in order: a copy is sorted.
Status check(const Model& model);

// Weights: no NaN, no infinity. Names the first tensor and says how many numbers are bad.
Status check_weights(const Model& model);

struct OperatorRow {
  std::string name;
  int since = 0;                          // opset
  int gone = 0;                           // opset that dropped it; 0: still there
  int inputs_least = 0, inputs_most = 0;  // over all versions; -1: any number
  int outputs_least = 0, outputs_most = 0;
};
// Of the standard domain; nullptr for what it does not name.
const OperatorRow* find_operator(std::string_view name);

}  // namespace oree::graph
