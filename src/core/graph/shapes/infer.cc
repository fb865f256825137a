#include "core/graph/shapes/infer.h"

#include <algorithm>

#include "core/graph/numbers.h"
#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

constexpr size_t kMostContents = 64;  // elements of a tensor whose numbers are followed

// Keeps what is more precise: a known dimension over a symbol, a symbol over nothing.
Type merged(Type found, const Type& declared) {
  if (found.kind == TypeKind::unknown) return declared;
  if (declared.kind != found.kind || found.kind != TypeKind::tensor) return found;
  if (found.element == DataType::undefined) found.element = declared.element;
  if (!declared.has_shape) return found;
  if (!found.has_shape) {
    found.has_shape = true;
    found.dims = declared.dims;
  } else if (found.dims.size() == declared.dims.size()) {
    for (size_t d = 0; d < found.dims.size(); ++d) {
      if (!found.dims[d].known() && (declared.dims[d].known() || found.dims[d].symbol.empty()))
        found.dims[d] = declared.dims[d];
    }
  }
  return found;
}

class Inferring {
 public:
  explicit Inferring(const Model& model) : model_(model) {}

  Status graph(const Graph& graph) {
    for (const Tensor& tensor : graph.initializers) initializer(tensor);
    for (const auto& [name, sparse] : graph.sparse_initializers) {
      result_.types.insert_or_assign(name, tensor_type(sparse.values.type, known(sparse.dims)));
    }
    for (const Value& input : graph.inputs) {
      // An initializer that callers may replace may come with another shape; what the input declares holds.
      if (input.type.kind == TypeKind::unknown) continue;
      result_.types.insert_or_assign(input.name, input.type);
      result_.contents.erase(input.name);
      tensors_.erase(input.name);
    }
    std::unordered_map<std::string_view, const Type*> declared;
    for (const Value& value : graph.values) declared.emplace(value.name, &value.type);
    for (const Value& value : graph.outputs) declared.emplace(value.name, &value.type);
    for (const Node& node : graph.nodes) {
      if (auto done = one_node(node, declared); !done) return forward(done, node_text(node));
    }
    return {};
  }

  Inference take() { return std::move(result_); }

 private:
  void initializer(const Tensor& tensor) {
    result_.types.insert_or_assign(tensor.name, tensor_type(tensor.type, known(tensor.dims)));
    note_contents(tensor.name, tensor);
  }

  void note_contents(const std::string& name, const Tensor& tensor) {
    if (tensor.dims.size() > 1 || !tensor.external.empty() || element_count(tensor.dims) > kMostContents)
      return;
    if (facts(tensor.type).floating) {
      if (tensor.type == DataType::f32) tensors_.insert_or_assign(name, &tensor);
      return;
    }
    const auto numbers = ints_of(tensor);
    if (numbers) result_.contents.insert_or_assign(name, known(*numbers));
  }

  Status one_node(const Node& node, const std::unordered_map<std::string_view, const Type*>& declared) {
    NodeTypes types = view_of(node);
    const bool standard = node.domain.empty() || node.domain == "com.microsoft";
    if (standard && (node.op == "If" || node.op == "Loop" || node.op == "Scan" || node.op == "SequenceMap")) {
      if (auto done = nested(node, types); !done) return done;
    } else if (const Rule rule = standard ? find_rule(node.op) : nullptr) {
      if (auto done = rule(types); !done) return done;
    } else if (std::ranges::find(result_.without_rule, node.op) == result_.without_rule.end()) {
      result_.without_rule.push_back(node.op);
    }
    for (size_t o = 0; o < node.outputs.size(); ++o) {
      const std::string& name = node.outputs[o];
      if (name.empty()) continue;
      const auto found = declared.find(name);
      Type type = found == declared.end() ? std::move(types.outputs[o])
                                          : merged(std::move(types.outputs[o]), *found->second);
      if (type.kind != TypeKind::unknown) result_.types.insert_or_assign(name, std::move(type));
    }
    if (node.op == "Constant" && !node.attributes.empty()) constant_contents(node);
    if (types.output_contents && types.output_contents->size() <= kMostContents && has_output(node, 0)) {
      result_.contents.insert_or_assign(node.outputs[0], std::move(*types.output_contents));
    }
    return {};
  }

  void constant_contents(const Node& node) {
    const Attribute& value = node.attributes[0];
    if (value.tensors.size() == 1) note_contents(node.outputs.at(0), value.tensors[0]);
    if (value.name == "value_int") result_.contents.insert_or_assign(node.outputs.at(0), Dims{{value.i, ""}});
    if (value.name == "value_ints" && value.ints.size() <= kMostContents) {
      result_.contents.insert_or_assign(node.outputs.at(0), known(value.ints));
    }
  }

  NodeTypes view_of(const Node& node) {
    std::vector<Type> inputs;
    std::vector<std::optional<Dims>> contents;
    for (const std::string& name : node.inputs) {
      const auto type = result_.types.find(name);
      inputs.push_back(name.empty() || type == result_.types.end() ? Type{} : type->second);
      const auto values = result_.contents.find(name);
      contents.push_back(name.empty() || values == result_.contents.end() ? std::nullopt
                                                                          : std::optional(values->second));
    }
    NodeTypes types(node, opset_of(model_, node.domain), std::move(inputs), std::move(contents));
    if (node.op == "Resize" || node.op == "Upsample") types.scales = scales_of(node);
    return types;
  }

  std::optional<std::vector<float>> scales_of(const Node& node) {
    if (const Attribute* scales = find_attribute(node, "scales")) return scales->floats;
    const size_t place = node.op == "Upsample" || opset_of(model_) < 11 ? 1 : 2;
    if (!has_input(node, place)) return std::nullopt;
    const auto found = tensors_.find(node.inputs[place]);
    if (found == tensors_.end()) return std::nullopt;
    auto values = floats_of(*found->second);
    return values ? std::optional(std::move(*values)) : std::nullopt;
  }

  // If: what both branches agree on. Loop and Scan: element types only; how often the body runs is not known.
  Status nested(const Node& node, NodeTypes& types) {
    std::vector<const Graph*> bodies;
    for (const Attribute& attribute : node.attributes) {
      for (const Graph& body : attribute.graphs) {
        if (auto done = graph(body); !done) return done;
        bodies.push_back(&body);
      }
    }
    if (node.op != "If" || bodies.size() != 2) return {};
    for (size_t o = 0; o < node.outputs.size(); ++o) {
      if (o >= bodies[0]->outputs.size() || o >= bodies[1]->outputs.size()) break;
      const auto a = result_.types.find(bodies[0]->outputs[o].name),
                 b = result_.types.find(bodies[1]->outputs[o].name);
      if (a == result_.types.end() || b == result_.types.end() || a->second.kind != b->second.kind) continue;
      Type both = a->second;
      if (!a->second.has_shape || !b->second.has_shape || a->second.dims.size() != b->second.dims.size()) {
        both.has_shape = false;
        both.dims.clear();
      }
      for (size_t d = 0; d < both.dims.size(); ++d) {
        if (!(both.dims[d] == b->second.dims[d])) both.dims[d] = {};
      }
      types.out(o, std::move(both));
    }
    return {};
  }

  const Model& model_;
  Inference result_;
  std::unordered_map<std::string, const Tensor*> tensors_;  // small float constants: scales
};

void declare(Graph& graph, const Inference& found) {
  for (Value& output : graph.outputs) {
    const auto type = found.types.find(output.name);
    if (type != found.types.end()) output.type = merged(type->second, output.type);
  }
  std::unordered_map<std::string_view, const Value*> old;
  for (const Value& value : graph.values) old.emplace(value.name, &value);
  std::unordered_map<std::string_view, const Value*> outputs;
  for (const Value& output : graph.outputs) outputs.emplace(output.name, &output);
  std::vector<Value> values;
  for (const Node& node : graph.nodes) {
    for (const std::string& name : node.outputs) {
      const auto type = found.types.find(name);
      if (name.empty() || type == found.types.end() || outputs.contains(name)) continue;
      const auto before = old.find(name);
      values.push_back({name, type->second, before != old.end() ? before->second->rest : std::string()});
    }
  }
  graph.values = std::move(values);
}

}  // namespace

Result<Inference> infer(const Model& model) {
  Inferring inferring(model);
  if (auto done = inferring.graph(model.graph); !done) return forward(done);
  return inferring.take();
}

Status infer_types(Model& model) {
  const auto found = infer(model);
  if (!found) return forward(found);
  for_each_graph(model.graph, [&](Graph& graph) { declare(graph, *found); });
  return {};
}

}  // namespace oree::graph
