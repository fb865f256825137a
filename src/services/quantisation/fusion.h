// What ONNX Runtime's CPU kernels make of a quantised graph, predicted: which groups of DequantizeLinear,
// operator and QuantizeLinear become one integer kernel, and why others do not. Compared with the graph that
// the runtime says it runs, a prediction that holds is a proof that nothing runs in float unnoticed. Pure.
//
// The rules are those of its selectors (QDQ transformers, release 1.17 to 1.31): all inputs that carry data
// come from DQ with constant scales, all outputs go to exactly one Q and are no outputs of the graph, and
// element types agree. Relu and Clip before a Q that clips as much are gone.
#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace oree::quantisation {

struct Island {
  std::string op;      // of the integer kernel: "QLinearConv"; "MaxPool" and the like keep their own name
  std::string output;  // the float or integer tensor that it makes
  std::string node;    // of the float operator
  auto operator<=>(const Island&) const = default;
};
struct Unfused {
  std::string node, op, why, repair;
};
struct Prediction {
  std::vector<Island> islands;
  std::vector<Unfused> unfused;  // operators with weights or beside integers that run in float
};
Prediction predict_fusion(const graph::Model& quantised);

struct Comparison {
  size_t predicted = 0, agreed = 0;
  std::vector<std::string> differences;  // sentences
  bool holds() const { return differences.empty(); }
};
// `run` is the graph the runtime wrote (LoadOptions::fused_file).
Comparison compare(const Prediction& prediction, const graph::Model& run);

}  // namespace oree::quantisation
