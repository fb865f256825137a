// Tensors that only gate themselves: x · sigmoid(x), the SiLU of many detectors. Below -8 such an x says
// nothing any more, so eight bits should not be spent on it: the range of x is best chosen by what comes out
// behind the gate (calibration::gated_range). Pure.
#pragma once

#include <string>
#include <vector>

#include "core/graph/index.h"

namespace oree::quantisation {

// Those that exactly one Sigmoid and the Mul with its answer read. In the order of the graph.
std::vector<std::string> gated_tensors(const graph::Index& index);

}  // namespace oree::quantisation
