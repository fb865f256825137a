#include "services/certification/emulate.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/kernels/convolution.h"
#include "core/kernels/proof.h"
#include "services/certification/unsigned.h"

namespace oree::certification {

namespace {

using graph::Index;
using graph::Node;
using kernels::Convolution;

struct Scale {
  std::span<const float> scales;
  int zero = 0;
  graph::DataType type = graph::DataType::u8;
};

std::optional<Scale> scale_of(const Index& index, const Node& node) {
  const graph::Tensor* scale = index.constant(node.inputs[1]);
  const graph::Tensor* zero = graph::has_input(node, 2) ? index.constant(node.inputs[2]) : nullptr;
  if (scale == nullptr || scale->type != graph::DataType::f32) return std::nullopt;
  Scale found{scale->as<float>(), 0, graph::DataType::u8};
  if (zero == nullptr) return found;
  found.type = zero->type;
  if (zero->data.size() == 0) return std::nullopt;
  if (zero->type == graph::DataType::u8)
    found.zero = zero->as<uint8_t>()[0];
  else if (zero->type == graph::DataType::i8)
    found.zero = zero->as<int8_t>()[0];
  else if (zero->type != graph::DataType::i32)
    return std::nullopt;
  return found;
}

// A Conv, Gemm or MatMul between integers, as the kernel sees it.
struct Island {
  std::string input, output;  // integers in; integers or floats out
  Convolution convolution;
  bool mixed = false;  // integers of another type come out than go in: x86 has no kernel for that
};

class Reader {
 public:
  explicit Reader(const Index& index) : index_(index) {}

  std::optional<Island> read(const Node& node) const {
    if (node.op != "Conv" && node.op != "Gemm" && node.op != "MatMul") return std::nullopt;
    const Node* x = source(node.inputs[0]);
    const Node* w = source(node.inputs[1]);
    if (x == nullptr || w == nullptr) return std::nullopt;
    const graph::Tensor* weights = index_.constant(w->inputs[0]);
    const auto in = scale_of(index_, *x), per_channel = scale_of(index_, *w);
    if (weights == nullptr || weights->type != graph::DataType::i8 || !in || !per_channel ||
        per_channel->zero != 0 || in->scales.size() != 1)  // no kernel takes a scale for each channel
      return std::nullopt;
    Island island;
    island.input = x->inputs[0];
    Convolution& c = island.convolution;
    c.signed_activations = in->type == graph::DataType::i8;
    c.in_zero = in->zero;
    if (!(node.op == "Conv" ? shape_convolution(node, *weights, c) : shape_matrix(node, *weights, c)))
      return std::nullopt;
    std::vector<float> steps;
    for (int64_t m = 0; m < c.out_channels; ++m) {
      const size_t at = per_channel->scales.size() == 1 ? 0 : static_cast<size_t>(m);
      if (at >= per_channel->scales.size()) return std::nullopt;
      steps.push_back(in->scales[0] * per_channel->scales[at]);
    }
    if (!read_bias(node, steps, c)) return std::nullopt;
    std::optional<graph::DataType> out;
    if (!read_output(node, steps, island, out)) return std::nullopt;
    island.mixed = out && *out != in->type;
    return island;
  }

 private:
  const Node* source(const std::string& name) const {
    const Node* node = index_.producer_node(name);
    return node != nullptr && node->op == "DequantizeLinear" ? node : nullptr;
  }

  static bool shape_convolution(const Node& node, const graph::Tensor& weights, Convolution& c) {
    const size_t spatial = weights.dims.size() - 2;
    if (weights.dims.size() < 3 || spatial > 2 || graph::text_or(node, "auto_pad", "NOTSET") != "NOTSET")
      return false;
    c.out_channels = weights.dims[0];
    c.in_channels = weights.dims[1];
    c.groups = graph::int_or(node, "group", 1);
    const std::vector<int64_t> strides = graph::ints_or(node, "strides", std::vector<int64_t>(spatial, 1));
    const std::vector<int64_t> dilations =
        graph::ints_or(node, "dilations", std::vector<int64_t>(spatial, 1));
    const std::vector<int64_t> pads = graph::ints_or(node, "pads", std::vector<int64_t>(2 * spatial, 0));
    if (strides.size() != spatial || dilations.size() != spatial || pads.size() != 2 * spatial) return false;
    for (size_t i = 0; i < spatial; ++i) {
      const size_t axis = 2 - spatial + i;
      c.kernel[axis] = weights.dims[2 + i];
      c.strides[axis] = strides[i];
      c.dilations[axis] = dilations[i];
      c.pads[axis] = pads[i];
      c.pads[axis + 2] = pads[spatial + i];
    }
    c.weights = kernels::channels_last(weights.as<int8_t>(), c.out_channels, c.in_channels,
                                       c.kernel[0] * c.kernel[1]);
    return true;
  }

  static bool shape_matrix(const Node& node, const graph::Tensor& weights, Convolution& c) {
    if (weights.dims.size() != 2) return false;
    const bool transposed = graph::int_or(node, "transB", 0) != 0;
    c.out_channels = weights.dims[transposed ? 0 : 1];
    c.in_channels = weights.dims[transposed ? 1 : 0];
    const std::span<const int8_t> values = weights.as<int8_t>();
    if (transposed)
      c.weights.assign(values.begin(), values.end());
    else
      c.weights = kernels::channels_last(values, 1, c.in_channels, c.out_channels);
    if (!transposed) {
      const auto rows = static_cast<size_t>(c.out_channels), depth = static_cast<size_t>(c.in_channels);
      for (size_t m = 0; m < rows; ++m) {
        for (size_t k = 0; k < depth; ++k) c.weights[m * depth + k] = values[k * rows + m];
      }
    }
    return true;
  }

  bool read_bias(const Node& node, std::span<const float> steps, Convolution& c) const {
    if (!graph::has_input(node, 2)) return true;
    if (const Node* dq = source(node.inputs[2]); dq != nullptr) {
      const graph::Tensor* bias = index_.constant(dq->inputs[0]);
      if (bias == nullptr || bias->type != graph::DataType::i32) return false;
      const auto values = bias->as<int32_t>();
      c.bias.assign(values.begin(), values.end());
    } else {
      const graph::Tensor* bias = index_.constant(node.inputs[2]);
      if (bias == nullptr || bias->type != graph::DataType::f32) return false;
      const auto values = bias->as<float>();
      for (size_t m = 0; m < values.size() && m < steps.size(); ++m)
        c.bias.push_back(static_cast<int32_t>(std::nearbyint(double{values[m]} / double{steps[m]})));
    }
    return c.bias.size() == static_cast<size_t>(c.out_channels);
  }

  bool read_output(const Node& node, std::span<const float> steps, Island& island,
                   std::optional<graph::DataType>& type) const {
    std::string name = node.outputs[0];
    while (true) {
      const auto uses = index_.uses(name);
      const Node* reader =
          uses.size() == 1 && !index_.is_output(name) ? &index_.graph().nodes[uses[0].node] : nullptr;
      if (reader != nullptr && (reader->op == "Relu" || reader->op == "Clip")) {
        name = reader->outputs[0];
        continue;
      }
      if (reader == nullptr || reader->op != "QuantizeLinear") break;
      const auto out = scale_of(index_, *reader);
      if (!out || out->scales.size() != 1) return false;
      island.output = reader->outputs[0];
      island.convolution.out_zero = out->zero;
      type = out->type;
      for (const float step : steps) island.convolution.scales.push_back(step / out->scales[0]);
      return true;
    }
    // A convolution gives integers; a Gemm that gives floats wants its bias in integers.
    if (node.op == "Conv" || (graph::has_input(node, 2) && source(node.inputs[2]) == nullptr)) return false;
    island.output = node.outputs[0];
    island.convolution.float_output = true;
    island.convolution.scales.assign(steps.begin(), steps.end());
    return true;
  }

  const Index& index_;
};

Proof prove(const Node& node, const Convolution& c) {
  Proof proof{graph::node_text(node), static_cast<size_t>(c.out_channels)};
  for (int64_t m = 0; m < c.out_channels; ++m) {
    if (!c.depthwise() && kernels::unsafe_pair(c.row(m))) ++proof.unsafe;
    const int32_t bias = c.bias.empty() ? 0 : c.bias[static_cast<size_t>(m)];
    const int lowest = c.signed_activations ? -128 : 0;
    proof.largest_sum = std::max(proof.largest_sum,
                                 kernels::accumulator_bound(c.row(m), bias, lowest, lowest + 255, c.in_zero));
  }
  return proof;
}

std::shared_ptr<const inference::Operator> operator_of(const Node& node, const Convolution& c,
                                                       size_t number) {
  auto made = std::make_shared<inference::Operator>();
  made->name = cat("Integers", number);
  made->input = c.signed_activations ? tensor::DType::i8 : tensor::DType::u8;
  made->output = c.float_output ? tensor::DType::f32 : made->input;
  const bool matrix = node.op != "Conv";
  made->compute = [c, matrix](const tensor::TensorView& x) {
    return matrix ? kernels::run_matrix(c, x) : kernels::run(c, x);
  };
  return made;
}

}  // namespace

size_t Emulation::unsafe_layers() const {
  return static_cast<size_t>(std::ranges::count_if(proofs, [](const Proof& p) { return p.unsafe > 0; }));
}

Result<Emulation> emulate(const graph::Model& quantised, bool saturating, Replace replace) {
  Emulation emulation;
  const graph::Model source = saturating ? with_unsigned_activations(quantised) : quantised;
  emulation.model = source;
  const Index index(source.graph);
  const Reader reader(index);
  std::vector<Node>& nodes = emulation.model.graph.nodes;
  std::unordered_set<std::string> gone;  // Q nodes whose integers an operator makes instead
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Node& node = source.graph.nodes[i];
    std::optional<Island> island = reader.read(node);
    if (!island) continue;
    emulation.proofs.push_back(prove(node, island->convolution));
    const bool floats = island->mixed || (saturating && island->convolution.signed_activations);
    if (floats) emulation.proofs.back().unsafe = 0;
    if (floats || (replace == Replace::unsafe && emulation.proofs.back().unsafe == 0)) continue;
    island->convolution.saturating = saturating;
    emulation.operators.push_back(operator_of(node, island->convolution, emulation.operators.size()));
    if (!island->convolution.float_output) gone.insert(island->output);
    nodes[i] = graph::make_node(emulation.operators.back()->name, {island->input}, {island->output}, {},
                                inference::kOperatorDomain);
    nodes[i].name = cat(graph::node_text(node), "_integers");
  }
  std::erase_if(
      nodes, [&](const Node& node) { return node.op == "QuantizeLinear" && gone.contains(node.outputs[0]); });
  if (!emulation.operators.empty()) graph::set_opset(emulation.model, inference::kOperatorDomain, 1);
  // Activations between the operator and its former Q now read a name that nobody makes.
  bool removed = true;
  while (removed) {
    std::unordered_set<std::string> made;
    for (const Node& node : nodes) made.insert(node.outputs.begin(), node.outputs.end());
    for (const graph::Tensor& t : emulation.model.graph.initializers) made.insert(t.name);
    for (const graph::Value& v : emulation.model.graph.inputs) made.insert(v.name);
    removed = std::erase_if(nodes, [&](const Node& node) {
                return (node.op == "Relu" || node.op == "Clip") && !made.contains(node.inputs[0]);
              }) > 0;
  }
  if (Status sorted = graph::sort_nodes(emulation.model.graph); !sorted) return forward(sorted);
  return emulation;
}

}  // namespace oree::certification
