#include "services/passes/fusion/channels.h"

#include "core/graph/numbers.h"

namespace oree::passes {

using graph::Index;
using graph::Node;
using graph::Tensor;

void Channelled::scale(const std::vector<double>& scale, const std::vector<double>& shift) {
  size_t inner = 1;
  for (size_t d = axis + 1; d < weights->dims.size(); ++d) inner *= static_cast<size_t>(weights->dims[d]);
  for (size_t i = 0; i < values.size(); ++i) values[i] *= scale[i / inner % channels];
  for (size_t c = 0; c < channels; ++c) bias[c] = bias[c] * scale[c] + shift[c];
}

namespace {

bool plain_gemm(const Node& node) {
  return graph::float_or(node, "alpha", 1) == 1 && graph::float_or(node, "beta", 1) == 1 &&
         graph::int_or(node, "transA", 0) == 0;
}

std::optional<size_t> channel_axis(const Node& node) {
  if (!node.domain.empty()) return std::nullopt;
  if (node.op == "Conv") return 0;
  if (node.op == "ConvTranspose" && graph::int_or(node, "group", 1) == 1) return 1;
  if (node.op == "Gemm" && plain_gemm(node)) return graph::int_or(node, "transB", 0) != 0 ? 0 : 1;
  return std::nullopt;
}

}  // namespace

std::optional<Channelled> channelled(const Index& index, const Node& node) {
  const auto axis = channel_axis(node);
  if (!axis || !graph::has_input(node, 1)) return std::nullopt;
  Channelled out;
  out.axis = *axis;
  out.weights = index.constant(node.inputs[1]);
  if (out.weights == nullptr || out.weights->dims.size() <= *axis ||
      !graph::facts(out.weights->type).floating)
    return std::nullopt;
  auto values = graph::doubles_of(*out.weights);
  if (!values) return std::nullopt;
  out.values = std::move(*values);
  out.channels = static_cast<size_t>(out.weights->dims[*axis]);
  out.bias.assign(out.channels, 0);
  if (!graph::has_input(node, 2)) return out;
  const Tensor* bias = index.constant(node.inputs[2]);
  if (bias == nullptr || graph::element_count(bias->dims) != out.channels) return std::nullopt;
  auto numbers = graph::doubles_of(*bias);
  if (!numbers) return std::nullopt;
  out.bias = std::move(*numbers);
  return out;
}

Result<Node> with_numbers(Rewrite& rewrite, const Node& node, const Channelled& numbers) {
  const Tensor& weights = *numbers.weights;
  auto scaled = graph::tensor_as(weights.name, weights.type, weights.dims, numbers.values);
  if (!scaled) return forward(scaled);
  const std::string bias_name = graph::has_input(node, 2) ? node.inputs[2] : weights.name + "_bias";
  auto bias =
      graph::tensor_as(bias_name, weights.type, {static_cast<int64_t>(numbers.channels)}, numbers.bias);
  if (!bias) return forward(bias);
  Node now = node;
  now.inputs.resize(3);
  now.inputs[1] = rewrite.add(std::move(*scaled));
  now.inputs[2] = rewrite.add(std::move(*bias));
  return now;
}

std::optional<std::vector<double>> per_channel(const Index& index, const std::string& name,
                                               const Node& producer, size_t channels) {
  const Tensor* tensor = index.constant(name);
  if (tensor == nullptr) return std::nullopt;
  auto values = graph::doubles_of(*tensor);
  if (!values) return std::nullopt;
  const auto& dims = tensor->dims;
  if (values->size() == 1 && dims.size() <= 1) return std::vector<double>(channels, values->at(0));
  if (values->size() != channels) return std::nullopt;
  // Counted from the last dimension: where the channels stand in what the producer makes.
  size_t behind = 0;
  if (producer.op != "Gemm") {
    const Tensor* weights = index.constant(producer.inputs[1]);
    behind = weights->dims.size() - 2;
  }
  if (dims.size() < behind + 1 || dims.size() > behind + 2) return std::nullopt;
  if (static_cast<size_t>(dims[dims.size() - 1 - behind]) != channels) return std::nullopt;
  return *values;
}

}  // namespace oree::passes
