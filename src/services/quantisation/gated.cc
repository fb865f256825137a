#include "services/quantisation/gated.h"

namespace oree::quantisation {

std::vector<std::string> gated_tensors(const graph::Index& index) {
  std::vector<std::string> gated;
  for (const graph::Node& node : index.graph().nodes) {
    if (node.op != "Sigmoid" || !node.domain.empty() || index.is_output(node.inputs[0])) continue;
    const std::string &x = node.inputs[0], &gate = node.outputs[0];
    if (index.uses(x).size() != 2 || !index.read_once(gate)) continue;
    const graph::Node& reader = index.graph().nodes[index.uses(gate)[0].node];
    if (reader.op != "Mul" || !reader.domain.empty()) continue;
    if ((reader.inputs[0] == x && reader.inputs[1] == gate) ||
        (reader.inputs[1] == x && reader.inputs[0] == gate))
      gated.push_back(x);
  }
  return gated;
}

}  // namespace oree::quantisation
