#include "core/graph/graph.h"

#include <algorithm>

namespace oree::graph {

Node make_node(std::string op, std::vector<std::string> inputs, std::vector<std::string> outputs,
               std::vector<Attribute> attributes, std::string domain) {
  Node node;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  node.outputs = std::move(outputs);
  node.attributes = std::move(attributes);
  node.domain = std::move(domain);
  return node;
}

std::string node_text(const Node& node) {
  if (!node.name.empty()) return node.op + " '" + node.name + "'";
  if (!node.outputs.empty()) return node.op + " that makes '" + node.outputs[0] + "'";
  return node.op + " without outputs";
}

bool has_input(const Node& node, size_t i) {
  return i < node.inputs.size() && !node.inputs[i].empty();
}
bool has_output(const Node& node, size_t i) {
  return i < node.outputs.size() && !node.outputs[i].empty();
}

int64_t opset_of(const Model& model, std::string_view domain) {
  const auto found = std::ranges::find(model.opsets, domain, &Opset::domain);
  return found == model.opsets.end() ? 0 : found->version;
}

void set_opset(Model& model, std::string_view domain, int64_t version) {
  const auto found = std::ranges::find(model.opsets, domain, &Opset::domain);
  if (found == model.opsets.end()) {
    model.opsets.push_back({std::string(domain), version});
  } else {
    found->version = version;
  }
}

Tensor* find_initializer(Graph& graph, std::string_view name) {
  const auto found = std::ranges::find(graph.initializers, name, &Tensor::name);
  return found == graph.initializers.end() ? nullptr : &*found;
}

const Tensor* find_initializer(const Graph& graph, std::string_view name) {
  const auto found = std::ranges::find(graph.initializers, name, &Tensor::name);
  return found == graph.initializers.end() ? nullptr : &*found;
}

const Value* find_value(const Graph& graph, std::string_view name) {
  for (const auto* list : {&graph.inputs, &graph.outputs, &graph.values}) {
    const auto found = std::ranges::find(*list, name, &Value::name);
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

void set_value_type(Graph& graph, std::string_view name, Type type) {
  for (auto* list : {&graph.outputs, &graph.values}) {
    const auto found = std::ranges::find(*list, name, &Value::name);
    if (found == list->end()) continue;
    found->type = std::move(type);
    return;
  }
  graph.values.push_back({std::string(name), std::move(type), {}});
}

void rename_reads(Graph& graph, std::string_view from, std::string_view to) {
  for (Node& node : graph.nodes) {
    for (std::string& input : node.inputs) {
      if (input == from) input = to;
    }
    for (Attribute& one : node.attributes) {
      for (Graph& nested : one.graphs) {
        rename_reads(nested, from, to);
        // What a nested graph gives back may be a name of the graph around it.
        for (Value& output : nested.outputs) {
          if (output.name == from) output.name = to;
        }
      }
    }
  }
}

FreshNames::FreshNames(const Graph& graph) {
  for_each_graph(graph, [this](const Graph& one) {
    for (const auto& node : one.nodes) {
      taken_.insert(node.inputs.begin(), node.inputs.end());
      taken_.insert(node.outputs.begin(), node.outputs.end());
      taken_.insert(node.name);
    }
    for (const auto& tensor : one.initializers) taken_.insert(tensor.name);
    for (const auto* list : {&one.inputs, &one.outputs, &one.values}) {
      for (const auto& value : *list) taken_.insert(value.name);
    }
  });
}

std::string FreshNames::operator()(const std::string& wish) {
  std::string name = wish;
  for (int number = 2; !taken_.insert(name).second; ++number) name = wish + "_" + std::to_string(number);
  return name;
}

void for_each_graph(Graph& graph, const std::function<void(Graph&)>& call) {
  call(graph);
  for (Node& node : graph.nodes) {
    for (Attribute& one : node.attributes) {
      for (Graph& nested : one.graphs) for_each_graph(nested, call);
    }
  }
}

void for_each_graph(const Graph& graph, const std::function<void(const Graph&)>& call) {
  call(graph);
  for (const Node& node : graph.nodes) {
    for (const Attribute& one : node.attributes) {
      for (const Graph& nested : one.graphs) for_each_graph(nested, call);
    }
  }
}

namespace {

using Call = std::function<Status(Tensor&)>;

Status each_of_nodes(std::vector<Node>& nodes, const Call& call);

Status each_of_sparse(SparseTensor& sparse, const Call& call) {
  if (auto done = call(sparse.values); !done) return done;
  return call(sparse.indices);
}

Status each_of_graph(Graph& graph, const Call& call) {
  for (Tensor& one : graph.initializers) {
    if (auto done = call(one); !done) return done;
  }
  for (auto& [name, one] : graph.sparse_initializers) {
    if (auto done = each_of_sparse(one, call); !done) return done;
  }
  return each_of_nodes(graph.nodes, call);
}

Status each_of_attribute(Attribute& attribute, const Call& call) {
  for (Tensor& one : attribute.tensors) {
    if (auto done = call(one); !done) return done;
  }
  for (SparseTensor& one : attribute.sparse) {
    if (auto done = each_of_sparse(one, call); !done) return done;
  }
  for (Graph& one : attribute.graphs) {
    if (auto done = each_of_graph(one, call); !done) return done;
  }
  return {};
}

Status each_of_nodes(std::vector<Node>& nodes, const Call& call) {
  for (Node& node : nodes) {
    for (Attribute& one : node.attributes) {
      if (auto done = each_of_attribute(one, call); !done) return done;
    }
  }
  return {};
}

}  // namespace

Status for_each_tensor(Model& model, const Call& call) {
  if (auto done = each_of_graph(model.graph, call); !done) return done;
  for (Function& function : model.functions) {
    for (Attribute& one : function.defaults) {
      if (auto done = each_of_attribute(one, call); !done) return done;
    }
    if (auto done = each_of_nodes(function.nodes, call); !done) return done;
  }
  return {};
}

}  // namespace oree::graph
