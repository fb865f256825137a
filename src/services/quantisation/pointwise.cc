#include "services/quantisation/pointwise.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"

namespace oree::quantisation {

namespace {

bool one_pixel(const graph::Index& index, const std::string& name) {
  const graph::Node* node = index.producer_node(name);
  for (int depth = 0; node != nullptr && depth < 8; ++depth) {
    if (node->op == "GlobalAveragePool") return true;
    const bool keeps = node->op == "Relu" || node->op == "Clip" || node->op == "Sigmoid";
    if (!keeps) return false;
    node = index.producer_node(node->inputs[0]);
  }
  return false;
}

bool is_pointwise(const graph::Index& index, const graph::Node& node) {
  if (node.op != "Conv" || graph::int_or(node, "group", 1) != 1) return false;
  const graph::Tensor* weights = index.constant(node.inputs[1]);
  if (weights == nullptr || weights->type != graph::DataType::f32 || weights->dims.size() != 4) return false;
  const auto pads = graph::ints_or(node, "pads", {0, 0, 0, 0});
  return weights->dims[2] == 1 && weights->dims[3] == 1 && std::ranges::count(pads, 0) == 4 &&
         one_pixel(index, node.inputs[0]);
}

// Whether all readers only flatten what they get: then nobody needs the two axes of size 1.
std::vector<size_t> flattening_readers(const graph::Index& index, const std::string& name) {
  std::vector<size_t> readers;
  if (index.is_output(name)) return {};
  for (const graph::Use& use : index.uses(name)) {
    const graph::Node& reader = index.graph().nodes[use.node];
    if (reader.op != "Flatten" || graph::int_or(reader, "axis", 1) != 1) return {};
    readers.push_back(use.node);
  }
  return readers;
}

}  // namespace

size_t pointwise_to_gemm(graph::Model& model) {
  const graph::Graph before = model.graph;
  const graph::Index index(before);
  graph::FreshNames fresh(before);
  std::vector<graph::Node> nodes;
  size_t changed = 0;
  std::vector<bool> gone(before.nodes.size(), false);
  for (size_t i = 0; i < before.nodes.size(); ++i) {
    if (gone[i]) continue;
    const graph::Node& node = before.nodes[i];
    if (!is_pointwise(index, node)) {
      nodes.push_back(node);
      continue;
    }
    ++changed;
    const graph::Tensor& weights = *index.constant(node.inputs[1]);
    graph::Tensor matrix = weights;
    matrix.name = fresh(cat(weights.name, "_matrix"));
    matrix.dims = {weights.dims[0], weights.dims[1]};
    const std::string flat = fresh(cat(node.inputs[0], "_flat")),
                      product = fresh(cat(node.outputs[0], "_product"));
    nodes.push_back(
        graph::make_node("Flatten", {node.inputs[0]}, {flat}, {graph::attribute("axis", int64_t{1})}));
    nodes.back().name = flat;
    std::vector<std::string> inputs{flat, matrix.name};
    if (graph::has_input(node, 2)) inputs.push_back(node.inputs[2]);
    const std::vector<size_t> readers = flattening_readers(index, node.outputs[0]);
    nodes.push_back(graph::make_node("Gemm", inputs,
                                     {readers.size() == 1 ? before.nodes[readers[0]].outputs[0] : product},
                                     {graph::attribute("transB", int64_t{1})}));
    nodes.back().name = graph::node_text(node);
    model.graph.initializers.push_back(std::move(matrix));
    if (readers.size() == 1) {
      gone[readers[0]] = true;
      continue;
    }
    const std::vector<int64_t> shape{0, weights.dims[0], 1, 1};
    model.graph.initializers.push_back(
        graph::tensor_of(fresh(cat(product, "_shape")), {4}, std::span<const int64_t>(shape)));
    nodes.push_back(
        graph::make_node("Reshape", {product, model.graph.initializers.back().name}, {node.outputs[0]}));
    nodes.back().name = cat(product, "_reshape");
  }
  if (changed == 0) return 0;
  model.graph.nodes = std::move(nodes);
  const graph::Index now(model.graph);
  std::erase_if(model.graph.initializers,
                [&](const graph::Tensor& t) { return now.uses(t.name).empty() && !now.is_output(t.name); });
  return changed;
}

}  // namespace oree::quantisation
