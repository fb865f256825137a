#include "services/passes/precision/float16.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/graph/check/check.h"
#include "core/graph/numbers.h"
#include "core/graph/shapes/infer.h"

namespace oree::passes {
namespace {

using graph::DataType;
using graph::Node;

constexpr float kLargestHalf = 65504;

// Sums over large ranges, indices as floats, and operators whose half versions runtimes lack.
constexpr std::array<std::string_view, 16> kKeptOps{"Resize",
                                                    "Upsample",
                                                    "NonMaxSuppression",
                                                    "TopK",
                                                    "RoiAlign",
                                                    "Range",
                                                    "CumSum",
                                                    "Loop",
                                                    "If",
                                                    "Scan",
                                                    "GridSample",
                                                    "OneHot",
                                                    "QuantizeLinear",
                                                    "DequantizeLinear",
                                                    "DynamicQuantizeLinear",
                                                    "SequenceMap"};

class Halving {
 public:
  Halving(graph::Model& model, graph::Inference types, const HalfOptions& options)
      : graph_(model.graph), types_(std::move(types)), options_(options), fresh_(model.graph) {}

  Result<HalfReport> run() {
    for (const graph::Tensor& tensor : graph_.initializers) tensors_.emplace(tensor.name, tensor);
    std::vector<Node> nodes = std::move(graph_.nodes);
    for (Node& node : nodes) {
      const std::string why = kept(node);
      if (!why.empty()) report_.kept.push_back(graph::node_text(node) + ": " + why);
      if (auto done = why.empty() ? halve(node) : keep(node); !done) return forward(done);
      made_.push_back(std::move(node));
    }
    finish_outputs();
    graph_.nodes = std::move(made_);
    for (auto& tensor : halves_) graph_.initializers.push_back(std::move(tensor));
    graph_.values.clear();
    return std::move(report_);
  }

 private:
  bool is_float(const std::string& name) const {
    const auto found = types_.types.find(name);
    return found != types_.types.end() && found->second.kind == graph::TypeKind::tensor &&
           found->second.element == DataType::f32;
  }

  std::string kept(const Node& node) const {
    if (std::ranges::find(options_.kept_nodes, node.name) != options_.kept_nodes.end() && !node.name.empty())
      return "was asked to stay";
    if (std::ranges::find(options_.kept_ops, node.op) != options_.kept_ops.end())
      return "its operator was asked to stay";
    if (!node.domain.empty()) return "is of domain " + node.domain;
    if (std::ranges::find(kKeptOps, node.op) != kKeptOps.end()) return "needs float32 here";
    for (const std::string& input : node.inputs) {
      const auto tensor = tensors_.find(input);
      if (tensor == tensors_.end() || tensor->second.type != DataType::f32) continue;
      const auto values = tensor->second.as<float>();
      const bool large = std::ranges::any_of(
          values, [](float value) { return std::isfinite(value) && std::fabs(value) > kLargestHalf; });
      if (large) return "its constant '" + input + "' goes beyond 65504";
      // Of many weights the tiny ones do not matter; a factor on its own does.
      const float first = values.size() == 1 ? values[0] : 0;
      const float off = std::fabs(graph::half_to_float(graph::float_to_half(first)) - first);
      if (off > 1e-3f * std::fabs(first)) return "its constant '" + input + "' is too small for a half";
    }
    return "";
  }

  Status halve(Node& node) {
    for (std::string& input : node.inputs) {
      if (input.empty() || !is_float(input)) continue;
      auto half = as_half(input);
      if (!half) return forward(half);
      input = *half;
    }
    halve_attributes(node);
    for (const std::string& output : node.outputs) {
      if (!output.empty() && is_float(output)) half_.emplace(output, output);
    }
    return {};
  }

  // Types that a node says itself.
  static void halve_attributes(Node& node) {
    const auto float32 = static_cast<int64_t>(DataType::f32), float16 = static_cast<int64_t>(DataType::f16);
    for (graph::Attribute& attribute : node.attributes) {
      const bool names_type =
          attribute.name == "to" || attribute.name == "dtype" || attribute.name == "output_datatype";
      if (names_type && attribute.i == float32) attribute.i = float16;
      for (graph::Tensor& tensor : attribute.tensors) {
        if (tensor.type == DataType::f32) tensor = halved(tensor);
      }
    }
    if (node.op == "Constant" && node.attributes.size() == 1 &&
        node.attributes[0].name.starts_with("value_float")) {
      const graph::Attribute old = node.attributes[0];
      const bool one = old.name == "value_float";
      const std::vector<double> values =
          one ? std::vector<double>{old.f} : std::vector<double>(old.floats.begin(), old.floats.end());
      const std::vector<int64_t> dims =
          one ? std::vector<int64_t>{} : std::vector{static_cast<int64_t>(values.size())};
      node.attributes = {graph::attribute("value", *graph::tensor_as("", DataType::f16, dims, values))};
    }
    if (node.op == "ConstantOfShape" && node.attributes.empty()) {
      const double zero = 0;
      node.attributes = {
          graph::attribute("value", *graph::tensor_as("", DataType::f16, {1}, std::span(&zero, 1)))};
    }
  }

  static graph::Tensor halved(const graph::Tensor& tensor) {
    const auto values = tensor.as<float>();
    std::vector<uint16_t> halves(values.size());
    std::ranges::transform(values, halves.begin(), graph::float_to_half);
    graph::Tensor out = tensor;
    out.type = DataType::f16;
    const auto bytes = std::as_bytes(std::span(halves));
    out.data = graph::SharedBytes::of(ByteBuffer(bytes.begin(), bytes.end()));
    return out;
  }

  Result<std::string> as_half(const std::string& name) {
    const auto known = half_.find(name);
    if (known != half_.end()) return known->second;
    const auto tensor = tensors_.find(name);
    if (tensor != tensors_.end()) {
      if (!tensor->second.external.empty())
        return fail(ErrorKind::invalid, "tensor '" + name + "' is still in its external file");
      graph::Tensor half = halved(tensor->second);
      half.name = fresh_(name + "_half");
      half_.emplace(name, half.name);
      ++report_.weights;
      halves_.push_back(std::move(half));
      return half_.at(name);
    }
    const std::string half = cast(name, name + "_half", DataType::f16);
    half_.emplace(name, half);
    return half;
  }

  std::string cast(const std::string& from, const std::string& wish, DataType to) {
    const std::string name = fresh_(wish);
    Node node = graph::make_node("Cast", {from}, {name}, {graph::attribute("to", static_cast<int64_t>(to))});
    node.name = name;
    made_.push_back(std::move(node));
    ++report_.casts;
    return name;
  }

  Status keep(Node& node) {
    for (std::string& input : node.inputs) {
      // Half under its own name: made by a node that was halved.
      const auto half = half_.find(input);
      if (half == half_.end() || half->second != input) continue;
      const auto [full, fresh] = full_.emplace(input, "");
      if (fresh) full->second = cast(input, input + "_float", DataType::f32);
      input = full->second;
    }
    for (graph::Attribute& attribute : node.attributes) {
      for (graph::Graph& nested : attribute.graphs) {
        for (const auto& [name, half] : half_) {
          if (half != name) continue;
          const auto [full, fresh] = full_.emplace(name, "");
          if (fresh) full->second = cast(name, name + "_float", DataType::f32);
          graph::rename_reads(nested, name, full->second);
        }
      }
    }
    return {};
  }

  void finish_outputs() {
    for (graph::Value& output : graph_.outputs) {
      const auto half = half_.find(output.name);
      if (half == half_.end() || half->second != output.name) continue;
      if (!options_.keep_inputs_and_outputs) {
        output.type.element = DataType::f16;
        continue;
      }
      // The output's name goes to the cast; who made it makes it under another.
      const std::string inner = fresh_(output.name + "_half");
      for (Node& node : made_) {
        std::ranges::replace(node.inputs, output.name, inner);
        std::ranges::replace(node.outputs, output.name, inner);
      }
      Node node = graph::make_node("Cast", {inner}, {output.name},
                                   {graph::attribute("to", static_cast<int64_t>(DataType::f32))});
      node.name = fresh_(output.name + "_cast");
      made_.push_back(std::move(node));
      ++report_.casts;
    }
    if (options_.keep_inputs_and_outputs) return;
    for (graph::Value& input : graph_.inputs) {
      const auto half = half_.find(input.name);
      if (half == half_.end() || input.type.element != DataType::f32 || full_.contains(input.name)) continue;
      // The cast that would make it half goes; the caller gives it so.
      std::erase_if(made_, [&](const Node& node) {
        return node.op == "Cast" && node.outputs.at(0) == half->second && node.inputs.at(0) == input.name;
      });
      for (Node& node : made_) std::ranges::replace(node.inputs, half->second, input.name);
      input.type.element = DataType::f16;
    }
  }

  graph::Graph& graph_;
  graph::Inference types_;
  const HalfOptions& options_;
  graph::FreshNames fresh_;
  HalfReport report_;
  std::unordered_map<std::string, graph::Tensor> tensors_;
  std::unordered_map<std::string, std::string> half_;  // name → its half; itself when it is made half
  std::unordered_map<std::string, std::string> full_;  // a half → its float32
  std::vector<graph::Tensor> halves_;
  std::vector<Node> made_;
};

}  // namespace

Result<HalfReport> to_half(graph::Model& model, const HalfOptions& options) {
  if (auto good = graph::check(model); !good) return forward(good);
  auto types = graph::infer(model);
  if (!types) return forward(types);
  graph::Model halved = model;
  auto report = Halving(halved, std::move(*types), options).run();
  if (!report) return report;
  // Weights that nobody reads as float32 any more.
  std::unordered_set<std::string> read;
  for (const Node& node : halved.graph.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  for (const graph::Value& output : halved.graph.outputs) read.insert(output.name);
  graph::for_each_graph(halved.graph, [&](graph::Graph& nested) {
    for (const Node& node : nested.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  });
  std::erase_if(halved.graph.initializers,
                [&](const graph::Tensor& tensor) { return !read.contains(tensor.name); });
  if (auto typed = graph::infer_types(halved); !typed) return forward(typed);
  model = std::move(halved);
  return report;
}

}  // namespace oree::passes
