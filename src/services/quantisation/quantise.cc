#include "services/quantisation/quantise.h"

#include <algorithm>

#include "base/text.h"
#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "services/quantisation/layers.h"
#include "services/quantisation/parameters.h"
#include "services/quantisation/selection.h"

namespace oree::quantisation {

namespace {

using graph::Node;

// Writes the new graph node by node. Names of float tensors keep meaning float tensors: integers and what
// comes back from them have names of their own, and only the graph's outputs are what they were.
class Writer {
 public:
  Writer(const graph::Model& model, const Ranges& ranges, const Recipe& recipe)
      : model_(model),
        ranges_(ranges),
        recipe_(recipe),
        facts_(kernels::facts(recipe.target)),
        index_(model.graph),
        fresh_(model.graph),
        selection_(select(index_, ranges, recipe)),
        parameters_(parameters_for(index_, selection_, ranges, facts_.activations)) {
    for (size_t i = 0; i < model.graph.nodes.size(); ++i) {
      if (selection_.folded[i] >= 0) behind_.insert({static_cast<size_t>(selection_.folded[i]), i});
    }
  }

  Result<Quantised> write() {
    if (graph::opset_of(model_) < 13)
      return fail(ErrorKind::invalid, cat("the model is of opset ", graph::opset_of(model_),
                                          "; 8-bit weights per channel need 13; upgrade it first"));
    if (std::ranges::none_of(selection_.quantised, [](bool q) { return q; })) return nothing_to_do();
    const graph::Graph& graph = model_.graph;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
      if (Status written = write_node(i); !written) return forward(written);
    }
    Quantised result;
    result.model = model_;
    result.model.graph.nodes = std::move(nodes_);
    std::erase_if(result.model.graph.initializers,
                  [&](const graph::Tensor& t) { return !read_.contains(t.name); });
    for (graph::Tensor& t : constants_) result.model.graph.initializers.push_back(std::move(t));
    result.model.ir_version = std::max<int64_t>(result.model.ir_version, 8);
    result.decisions = std::move(selection_.decisions);
    result.notes = std::move(selection_.notes);
    result.layers = std::move(layers_);
    return result;
  }

 private:
  std::unexpected<Error> nothing_to_do() const {
    std::string why = "it has no Conv, Gemm or MatMul with constant float weights";
    for (const Decision& decision : selection_.decisions) {
      if (!decision.quantised &&
          (decision.op == "Conv" || decision.op == "Gemm" || decision.op == "MatMul")) {
        why = cat(decision.node, ": ", decision.why);
        break;
      }
    }
    return fail(ErrorKind::unsupported, cat("nothing in this network can be quantised: ", why));
  }

  std::string constant(graph::Tensor tensor) {
    tensor.name = fresh_(tensor.name);
    constants_.push_back(std::move(tensor));
    return constants_.back().name;
  }

  void emit(Node node) {
    for (const std::string& input : node.inputs) read_.insert(input);
    nodes_.push_back(std::move(node));
  }

  // Names of the scale and the zero point of a tensor.
  std::pair<std::string, std::string> affine_names(const std::string& tensor, const Affine& affine) {
    const std::string scale = constant(graph::scalar(cat(tensor, "_scale"), affine.scale));
    graph::Tensor zero;
    if (affine.type == graph::DataType::u8) {
      const auto value = static_cast<uint8_t>(affine.zero);
      zero = graph::tensor_of(cat(tensor, "_zero"), {}, std::span(&value, 1));
    } else {
      const auto value = static_cast<int8_t>(affine.zero);
      zero = graph::tensor_of(cat(tensor, "_zero"), {}, std::span(&value, 1));
    }
    return {scale, constant(std::move(zero))};
  }

  // Emits Q and DQ behind `source`; the float name that readers of `tensor` shall use.
  std::string through_integers(const std::string& tensor, const std::string& source, std::string result) {
    const Affine& affine = parameters_.at(tensor);
    const auto [scale, zero] = affine_names(tensor, affine);
    const std::string integers = fresh_(cat(tensor, "_integers"));
    if (result.empty()) result = fresh_(cat(tensor, "_float"));
    emit(graph::make_node("QuantizeLinear", {source, scale, zero}, {integers}));
    nodes_.back().name = cat(integers, "_q");
    emit(graph::make_node("DequantizeLinear", {integers, scale, zero}, {result}));
    nodes_.back().name = cat(integers, "_dq");
    return result;
  }

  // What a quantised node reads instead of float `name`.
  std::string integer_input(const std::string& name) {
    if (const auto found = dequantised_.find(name); found != dequantised_.end()) return found->second;
    if (const graph::Tensor* tensor = index_.constant(name); tensor != nullptr)
      return constant_operand(*tensor);
    const std::string result = through_integers(name, name, "");
    dequantised_.insert({name, result});
    return result;
  }

  std::string constant_operand(const graph::Tensor& tensor) {
    const std::span<const float> values = tensor.as<float>();
    const auto [low, high] = std::ranges::minmax(values);
    const Affine affine = affine_for(double{low}, double{high}, facts_.activations);
    std::vector<uint8_t> bytes;
    for (const float value : values) bytes.push_back(static_cast<uint8_t>(affine.quantised(value)));
    graph::Tensor integers =
        graph::tensor_of(cat(tensor.name, "_integers"), tensor.dims, std::span<const uint8_t>(bytes));
    integers.type = affine.type;
    const auto [scale, zero] = affine_names(tensor.name, affine);
    const std::string result = fresh_(cat(tensor.name, "_float"));
    emit(graph::make_node("DequantizeLinear", {constant(std::move(integers)), scale, zero}, {result}));
    dequantised_.insert({tensor.name, result});
    return result;
  }

  Status write_node(size_t i) {
    Node node = model_.graph.nodes[i];
    if (selection_.quantised[i] && !behind_.contains(i)) {
      if (kind_of(node) == Kind::activation && !selection_.integer_output[i]) {
        read_floats(node);
        emit(std::move(node));
        return {};
      }
      if (Status read = read_integers(node); !read) return read;
    } else if (!behind_.contains(i)) {
      read_floats(node);
    }
    write_outputs(i, std::move(node));
    return {};
  }

  void read_floats(Node& node) {
    for (std::string& input : node.inputs) {
      if (const auto found = dequantised_.find(input);
          found != dequantised_.end() && from_integers_.contains(input))
        input = found->second;
    }
  }

  Status read_integers(Node& node) {
    if (kind_of(node) != Kind::weighted) {
      for (const size_t input : data_inputs(node)) node.inputs[input] = integer_input(node.inputs[input]);
      return {};
    }
    const std::string x = node.inputs[0];
    static const std::vector<double> kNoMeans;
    const auto seen = ranges_.find(x);
    const bool correct = recipe_.correct_bias && seen != ranges_.end() && !(node.op == "MatMul");
    Result<Layer> layer = quantise_layer(index_, node, parameters_.at(x),
                                         correct ? seen->second.channel_means : kNoMeans, facts_);
    if (!layer) return forward(layer);
    node.inputs[0] = integer_input(x);
    write_weights(node, *layer);
    layers_.push_back(std::move(layer->report));
    return {};
  }

  void write_weights(Node& node, const Layer& layer) {
    const std::string name = node.inputs[1];
    const auto channels = static_cast<int64_t>(layer.scales.size());
    const std::string integers = constant(
        graph::tensor_of(cat(name, "_integers"), layer.dims, std::span<const int8_t>(layer.weights)));
    const std::string scale =
        constant(graph::tensor_of(cat(name, "_scale"), {channels}, std::span<const float>(layer.scales)));
    const std::vector<int8_t> zeros(layer.scales.size(), 0);
    const std::string zero =
        constant(graph::tensor_of(cat(name, "_zero"), {channels}, std::span<const int8_t>(zeros)));
    node.inputs[1] = fresh_(cat(name, "_float"));
    emit(graph::make_node("DequantizeLinear", {integers, scale, zero}, {node.inputs[1]},
                          {graph::attribute("axis", layer.axis)}));
    if (layer.bias.empty()) return;
    node.inputs.resize(3);
    const std::string bias = cat(name, "_bias");
    if (facts_.float_bias) {
      node.inputs[2] = constant(graph::tensor_of(bias, {channels}, std::span<const float>(layer.float_bias)));
      return;
    }
    std::vector<float> steps;
    const float in = parameters_.at(model_.graph.nodes[index_of(node)].inputs[0]).scale;
    for (const float s : layer.scales) steps.push_back(in * s);
    const std::string values =
        constant(graph::tensor_of(cat(bias, "_integers"), {channels}, std::span<const int32_t>(layer.bias)));
    const std::string step =
        constant(graph::tensor_of(cat(bias, "_scale"), {channels}, std::span<const float>(steps)));
    const std::vector<int32_t> none(layer.scales.size(), 0);
    const std::string origin =
        constant(graph::tensor_of(cat(bias, "_zero"), {channels}, std::span<const int32_t>(none)));
    node.inputs[2] = fresh_(cat(bias, "_float"));
    emit(graph::make_node("DequantizeLinear", {values, step, origin}, {node.inputs[2]},
                          {graph::attribute("axis", int64_t{0})}));
  }

  size_t index_of(const Node& node) const { return *index_.producer(node.outputs[0]); }

  // Behind a node whose output carries a scale come Q and DQ; readers use what DQ gives.
  void write_outputs(size_t i, Node node) {
    const bool hidden = behind_.contains(i);  // an activation that belongs to the node before it
    const size_t owner = hidden ? behind_.at(i) : i;
    const bool carries = selection_.quantised[owner] && selection_.integer_output[owner] &&
                         (selection_.folded[owner] < 0 || hidden);
    if (!carries) {
      name_layer(i, node);
      emit(std::move(node));
      return;
    }
    std::vector<std::pair<std::string, std::string>> carried;
    for (std::string& output : node.outputs) {
      if (output.empty() || !parameters_.contains(output)) continue;
      const std::string name = output;
      output = fresh_(cat(name, "_exact"));
      carried.push_back({name, output});
    }
    name_layer(i, node);
    emit(std::move(node));
    for (const auto& [name, source] : carried) {
      // DQ's result takes the old name, so that the graph's outputs and floats that read it need no change.
      dequantised_.insert({name, through_integers(name, source, name)});
      from_integers_.insert(name);
    }
  }

  void name_layer(size_t i, const Node& node) {
    if (!selection_.quantised[i] || kind_of(node) != Kind::weighted) return;
    layers_.back().source = model_.graph.nodes[i].outputs[0];
    layers_.back().output = node.outputs[0];
  }

  const graph::Model& model_;
  const Ranges& ranges_;
  const Recipe& recipe_;
  const kernels::TargetFacts& facts_;
  graph::Index index_;
  graph::FreshNames fresh_;
  Selection selection_;
  Parameters parameters_;
  std::unordered_map<size_t, size_t> behind_;  // activation → the node it is folded into
  std::unordered_map<std::string, std::string> dequantised_;
  std::unordered_set<std::string> from_integers_, read_;
  std::vector<Node> nodes_;
  std::vector<graph::Tensor> constants_;
  std::vector<LayerReport> layers_;
};

}  // namespace

Result<Quantised> quantise(const graph::Model& model, const Ranges& ranges, const Recipe& recipe) {
  return Writer(model, ranges, recipe).write();
}

}  // namespace oree::quantisation
