#include "services/exports/weights.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "core/graph/numbers.h"

namespace oree::exports {
namespace {

enum class Role { other, rows_are_outputs, columns_are_outputs };

struct Readers {
  std::set<std::string, std::less<>> read;  // by any node
  std::map<std::string, Role, std::less<>> roles;
};

// A weight that two layers read in different ways stays as it is.
void note(Readers& readers, const std::string& name, Role role) {
  const auto [at, fresh] = readers.roles.emplace(name, role);
  if (!fresh && at->second != role) at->second = Role::other;
}

Role role_of(const graph::Node& node, size_t input) {
  if (!node.domain.empty()) return Role::other;
  if (node.op == "MatMul" && input == 1) return Role::columns_are_outputs;
  if (node.op == "Gemm" && input == 1)
    return graph::int_or(node, "transB", 0) != 0 ? Role::rows_are_outputs : Role::columns_are_outputs;
  if (node.op == "Gather" && input == 0 && graph::int_or(node, "axis", 0) == 0) return Role::rows_are_outputs;
  return Role::other;
}

Readers readers_of(const graph::Model& model) {
  Readers readers;
  graph::for_each_graph(model.graph, [&](const graph::Graph& graph) {
    for (const auto& node : graph.nodes) {
      for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (node.inputs[i].empty()) continue;
        readers.read.insert(node.inputs[i]);
        note(readers, node.inputs[i], role_of(node, i));
      }
    }
  });
  return readers;
}

std::vector<float> turned(const std::vector<float>& values, size_t rows, size_t columns) {
  std::vector<float> out(values.size());
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) out[c * rows + r] = values[r * columns + c];
  return out;
}

bool is_quantised(const graph::Model& model) {
  return std::ranges::any_of(model.graph.nodes, [](const graph::Node& node) {
    return node.op == "DequantizeLinear" || node.op == "MatMulNBits" || node.op == "QLinearConv" ||
           node.op == "QLinearMatMul" || node.op == "ConvInteger" || node.op == "MatMulInteger";
  });
}

}  // namespace

Result<std::vector<Weight>> weights_of(const graph::Model& model) {
  if (is_quantised(model))
    return fail(ErrorKind::unsupported,
                "the model holds quantised operators; export the float model it was made of");
  const Readers readers = readers_of(model);
  std::vector<Weight> weights;
  for (const auto& tensor : model.graph.initializers) {
    if (!graph::facts(tensor.type).floating || !readers.read.contains(tensor.name)) continue;
    auto values = graph::floats_of(tensor);
    if (!values) return forward(values);
    const auto role = readers.roles.find(tensor.name)->second;
    Weight weight{tensor.name, tensor.dims, false, false, *std::move(values)};
    weight.is_matrix = weight.dims.size() == 2 && role != Role::other;
    weight.turned = weight.is_matrix && role == Role::columns_are_outputs;
    if (weight.turned) {
      weight.values =
          turned(weight.values, static_cast<size_t>(weight.dims[0]), static_cast<size_t>(weight.dims[1]));
      std::swap(weight.dims[0], weight.dims[1]);
    }
    weights.push_back(std::move(weight));
  }
  if (weights.empty())
    return fail(ErrorKind::unsupported, "the model has no floating-point weights to export");
  return weights;
}

Status replace(graph::Model& model, const Weight& weight) {
  graph::Tensor* tensor = graph::find_initializer(model.graph, weight.name);
  if (tensor == nullptr) return fail(ErrorKind::invalid, cat("the model has no weight '", weight.name, "'"));
  std::vector<int64_t> dims = weight.dims;
  if (weight.turned) std::swap(dims[0], dims[1]);
  if (dims != tensor->dims || weight.values.size() != graph::element_count(dims))
    return fail(ErrorKind::invalid, cat("weight '", weight.name, "' is ", graph::dims_text(tensor->dims),
                                        " in the model and ", graph::dims_text(dims), " in the file"));
  if (weight.turned)
    *tensor = graph::tensor_of(weight.name, dims, turned(weight.values, weight.rows(), weight.columns()));
  else
    *tensor = graph::tensor_of(weight.name, dims, weight.values);
  return {};
}

}  // namespace oree::exports
