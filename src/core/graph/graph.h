// Neural networks as values that passes change: the vocabulary of everything that reads, checks or rewrites a
// model.
//
//   Result<Model> model = load("net.onnx");              // file.h: .onnx with its external data
//   const Index index(model->graph);                     // index.h: who makes and who reads a name
//   for (const Node& node : model->graph.nodes)
//     if (node.op == "Conv" && int_or(node, "group", 1) == 1) ...
//   Status stored = store(*model, "net.opt.onnx");
//
// The values themselves are those of an ONNX file (platform/onnx/model.h); a TFLite file is read into the
// same. Copies share tensor bytes. Everything here is pure; values are not thread-safe, const ones may be
// read from anywhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "platform/onnx/attributes.h"
#include "platform/onnx/text.h"

namespace oree::graph {

using onnx::Attribute;
using onnx::AttributeKind;
using onnx::DataType;
using onnx::Dim;
using onnx::facts;
using onnx::Function;
using onnx::Graph;
using onnx::Model;
using onnx::Node;
using onnx::Opset;
using onnx::SharedBytes;
using onnx::SparseTensor;
using onnx::Tensor;
using onnx::Type;
using onnx::TypeKind;
using onnx::Value;

// Attributes of nodes: find_attribute, int_or, float_or, text_or, ints_or, attribute, set_attribute,
// remove_attribute.
using onnx::attribute;
using onnx::find_attribute;
using onnx::float_or;
using onnx::int_or;
using onnx::ints_or;
using onnx::remove_attribute;
using onnx::set_attribute;
using onnx::text_or;

// --- Nodes and names
// --------------------------------------------------------------------------------------------
Node make_node(std::string op, std::vector<std::string> inputs, std::vector<std::string> outputs,
               std::vector<Attribute> attributes = {}, std::string domain = "");
// The node's name, or its operator and first output: what an error message calls it.
std::string node_text(const Node& node);
// Whether input `i` is there and not left out.
bool has_input(const Node& node, size_t i);
bool has_output(const Node& node, size_t i);

// Version of a domain's operators that the model asks for; 0 when it does not.
int64_t opset_of(const Model& model, std::string_view domain = "");
void set_opset(Model& model, std::string_view domain, int64_t version);

Tensor* find_initializer(Graph& graph, std::string_view name);
const Tensor* find_initializer(const Graph& graph, std::string_view name);
// The declared type of a graph's input, output or value; nullptr when there is none.
const Value* find_value(const Graph& graph, std::string_view name);
// Replaces the declared type of an output or value, or adds a value.
void set_value_type(Graph& graph, std::string_view name, Type type);

using onnx::dims_text;    // "[1,3]"
using onnx::tensor_type;  // of an element type and dims
using onnx::type_text;    // "FLOAT[batch,3,?]"

// Puts `to` wherever the graph's nodes and nested graphs read `from`. The graph's own outputs keep their
// names.
void rename_reads(Graph& graph, std::string_view from, std::string_view to);

// Gives names that the graph and the graphs nested in it do not use yet: "conv1_quantized", then
// "conv1_quantized_2". Made once for a series of names; it remembers those that it gave.
class FreshNames {
 public:
  explicit FreshNames(const Graph& graph);
  std::string operator()(const std::string& wish);

 private:
  std::unordered_set<std::string> taken_;
};

// --- Walks
// -------------------------------------------------------------------------------------------------------
// Each calls for the graph and for the graphs nested in its nodes' attributes, outermost first.
void for_each_graph(Graph& graph, const std::function<void(Graph&)>& call);
void for_each_graph(const Graph& graph, const std::function<void(const Graph&)>& call);
// Every tensor of the model: initializers, attributes, sparse parts, functions' bodies. Stops at the first
// error.
Status for_each_tensor(Model& model, const std::function<Status(Tensor&)>& call);

}  // namespace oree::graph
