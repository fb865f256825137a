#include "services/quantisation/parameters.h"

#include <algorithm>
#include <cmath>

namespace oree::quantisation {

int Affine::quantised(float value) const {
  const double steps = std::nearbyint(double{value} / double{scale}) + zero;
  return static_cast<int>(std::clamp(steps, static_cast<double>(lowest()), static_cast<double>(highest())));
}

Affine affine_for(double low, double high, kernels::Activations activations) {
  Affine affine;
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  affine.type = activations == kernels::Activations::u8 ? graph::DataType::u8 : graph::DataType::i8;
  const bool symmetric = activations == kernels::Activations::s8_symmetric;
  const double steps = symmetric ? std::max(high, -low) / 127 : (high - low) / 255;
  // Below the smallest normal number a kernel would divide by zero.
  affine.scale = steps > 1e-30 ? static_cast<float>(steps) : 1.0f;
  if (!symmetric)
    affine.zero = static_cast<int>(std::clamp(std::nearbyint(affine.lowest() - low / double{affine.scale}),
                                              static_cast<double>(affine.lowest()),
                                              static_cast<double>(affine.highest())));
  return affine;
}

Parameters parameters_for(const graph::Index& index, const Selection& selection, const Ranges& ranges,
                          kernels::Activations activations) {
  Parameters parameters;
  const graph::Graph& graph = index.graph();
  const auto observe = [&](const std::string& name) {
    if (const auto found = ranges.find(name); found != ranges.end())
      parameters.try_emplace(name, affine_for(found->second.low, found->second.high, activations));
  };
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!selection.quantised[i]) continue;
    const graph::Node& node = graph.nodes[i];
    const Kind kind = kind_of(node);
    if (kind == Kind::activation && !selection.integer_output[i]) continue;
    for (const size_t input : data_inputs(node)) observe(node.inputs[input]);
    if (kind == Kind::passing) {
      const auto given = parameters.find(node.inputs[0]);
      if (given == parameters.end()) continue;
      const Affine same = given->second;
      for (const std::string& output : node.outputs) {
        if (!output.empty()) parameters.insert_or_assign(output, same);
      }
    } else if (selection.integer_output[i]) {
      observe(selection.output_of(graph, i));
    }
  }
  return parameters;
}

}  // namespace oree::quantisation
