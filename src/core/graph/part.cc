#include "core/graph/part.h"

#include <algorithm>

#include "base/text.h"

namespace oree::graph {

namespace {

bool used_in(const Index& index, std::string_view name, NodeRange range) {
  return std::ranges::any_of(index.uses(name),
                             [&](const Use& use) { return use.node >= range.first && use.node < range.end; });
}

const Type* type_of(const Index& index, const Inference& types, const std::string& name) {
  const auto inferred = types.types.find(name);
  if (inferred != types.types.end()) return &inferred->second;
  const Value* value = index.value(name);
  return value == nullptr ? nullptr : &value->type;
}

}  // namespace

std::vector<std::string> read_behind(const Index& index, NodeRange range) {
  std::vector<std::string> names;
  const size_t last = index.graph().nodes.size();
  for (size_t n = range.first; n < range.end; ++n) {
    for (const std::string& name : index.graph().nodes[n].outputs) {
      if (!name.empty() && used_in(index, name, {range.end, last})) names.push_back(name);
    }
  }
  return names;
}

Result<Model> part_of(const Model& model, const Index& index, const Inference& types, NodeRange range,
                      std::span<const std::string> outputs) {
  const Graph& whole = model.graph;
  Model part;
  part.ir_version = model.ir_version;
  part.opsets = model.opsets;
  part.functions = model.functions;
  part.graph.name = whole.name;
  part.graph.nodes.assign(whole.nodes.begin() + static_cast<ptrdiff_t>(range.first),
                          whole.nodes.begin() + static_cast<ptrdiff_t>(range.end));
  for (const Value& input : whole.inputs) {
    if (index.initializer(input.name) == nullptr && used_in(index, input.name, range))
      part.graph.inputs.push_back(input);
  }
  for (size_t n = 0; n < range.first; ++n) {
    for (const std::string& name : whole.nodes[n].outputs) {
      if (name.empty() || !used_in(index, name, range)) continue;
      const Type* type = type_of(index, types, name);
      if (type == nullptr || type->kind != TypeKind::tensor || type->element == DataType::undefined)
        return fail(ErrorKind::unsupported,
                    cat("'", name, "', which ", node_text(whole.nodes[n]), " makes, has no known type"));
      part.graph.inputs.push_back({name, *type, {}});
    }
  }
  for (const Tensor& tensor : whole.initializers) {
    if (used_in(index, tensor.name, range)) part.graph.initializers.push_back(tensor);
  }
  for (const auto& named : whole.sparse_initializers) {
    if (used_in(index, named.first, range)) part.graph.sparse_initializers.push_back(named);
  }
  for (const std::string& name : outputs) {
    const Type* type = type_of(index, types, name);
    Type open = type == nullptr ? tensor_type(DataType::f32, {}) : *type;
    open.has_shape = false;  // the runtime knows better
    open.dims.clear();
    part.graph.outputs.push_back({name, std::move(open), {}});
  }
  return part;
}

}  // namespace oree::graph
