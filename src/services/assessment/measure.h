// How long a model takes on this machine, one thread. The figures are of a machine that does other things,
// too: medians, with the spread beside them.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/graph/shapes/infer.h"
#include "core/inference/model.h"

namespace oree::assessment {

struct Timing {
  double median_ms = 0, spread_ms = 0;  // between the quartiles
};
// With inputs of small numbers; open dimensions as 1.
Result<Timing> time_model(inference::Backend& backend, const std::filesystem::path& file, int runs);

struct OperatorTiming {
  std::string op;
  double milliseconds = 0;  // of all its nodes
  size_t timed = 0;         // different nodes that were run; equal ones are run once
};
// Each distinct node (operator, attributes, shapes) as a model of its own. Nodes that do not run alone are
// left out. At most `most` distinct nodes are run, those with the most sums first.
Result<std::vector<OperatorTiming>> time_operators(const graph::Model& model, const graph::Inference& types,
                                                   const std::vector<uint64_t>& macs,
                                                   inference::Backend& backend, size_t most = 150);

}  // namespace oree::assessment
