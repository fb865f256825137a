// Small networks with random weights, one per way of wiring that quantised graphs meet, for tests.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::quantisation::testing {

struct Net {
  std::string name;
  graph::Model model;
  std::vector<int64_t> input;  // its shape
};

// Conv chains, residuals, SiLU, Concat, Split, pooling, Resize, depthwise, groups, Gemm, MatMul...
std::vector<Net> all_nets();

}  // namespace oree::quantisation::testing
