#include "services/certification/unsigned.h"

#include "base/text.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"

namespace oree::certification {

namespace {

using graph::Node;

// The signed zero point of a Q or DQ for a whole tensor; nullptr for all others.
const graph::Tensor* signed_zero(const graph::Index& index, const Node& node) {
  const graph::Tensor* zero = graph::has_input(node, 2) ? index.constant(node.inputs[2]) : nullptr;
  return zero != nullptr && zero->type == graph::DataType::i8 && zero->data.size() == 1 ? zero : nullptr;
}

bool one_reader(const graph::Index& index, const std::string& name) {
  return index.uses(name).size() + (index.is_output(name) ? 1 : 0) == 1;
}

}  // namespace

graph::Model with_unsigned_activations(const graph::Model& quantised) {
  graph::Model model = quantised;
  const graph::Index index(quantised.graph);
  graph::FreshNames fresh(quantised.graph);
  for (Node& node : model.graph.nodes) {
    if (node.op != "QuantizeLinear" || !index.read_once(node.outputs[0])) continue;
    const graph::Tensor* zero = signed_zero(index, node);
    const size_t reader = index.uses(node.outputs[0])[0].node;
    const Node& back = quantised.graph.nodes[reader];
    if (zero == nullptr || back.op != "DequantizeLinear" || signed_zero(index, back) == nullptr ||
        !one_reader(index, back.outputs[0]) || graph::int_or(node, "output_dtype", 0) != 0)
      continue;
    const auto moved = static_cast<uint8_t>(zero->as<int8_t>()[0] + 128);
    graph::Tensor made = graph::tensor_of(fresh(cat(zero->name, "_unsigned")), zero->dims,
                                          std::span<const uint8_t>(&moved, 1));
    node.inputs[2] = model.graph.nodes[reader].inputs[2] = made.name;
    model.graph.initializers.push_back(std::move(made));
    std::erase_if(model.graph.values,
                  [&](const graph::Value& value) { return value.name == node.outputs[0]; });
  }
  return model;
}

}  // namespace oree::certification
