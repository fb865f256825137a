#include "platform/onnx/convert.h"

namespace oree::onnx {
namespace {

// The fields that nobody read come first; the others are written over them.
template <class Message>
bool begin(const std::string& rest, Message& to) {
  return rest.empty() || to.ParsePartialFromString(rest);
}

std::unexpected<Error> lost(const std::string& name) {
  return fail(ErrorKind::bug, "'" + name + "': its unread fields do not parse any more");
}

Status write_sparse(const SparseTensor& from, pb::SparseTensorProto& to) {
  if (auto done = write_tensor(from.values, *to.mutable_values()); !done) return done;
  if (auto done = write_tensor(from.indices, *to.mutable_indices()); !done) return done;
  to.mutable_dims()->Add(from.dims.begin(), from.dims.end());
  return {};
}

template <class Message>
void write_shaped(const Type& from, Message& to) {
  to.set_elem_type(static_cast<int32_t>(from.element));
  if (!from.has_shape) return;
  auto* shape = to.mutable_shape();
  for (const Dim& dim : from.dims) {
    auto* one = shape->add_dim();
    if (dim.known()) {
      one->set_dim_value(dim.size);
    } else if (!dim.symbol.empty()) {
      one->set_dim_param(dim.symbol);
    }
  }
}

void write_type(const Type& from, pb::TypeProto& to) {
  const auto inner = [&](pb::TypeProto* message) {
    if (!from.inner.empty()) write_type(from.inner[0], *message);
  };
  switch (from.kind) {
    case TypeKind::tensor:
      return write_shaped(from, *to.mutable_tensor_type());
    case TypeKind::sparse_tensor:
      return write_shaped(from, *to.mutable_sparse_tensor_type());
    case TypeKind::sequence:
      return inner(to.mutable_sequence_type()->mutable_elem_type());
    case TypeKind::optional:
      return inner(to.mutable_optional_type()->mutable_elem_type());
    case TypeKind::map:
      to.mutable_map_type()->set_key_type(static_cast<int32_t>(from.element));
      return inner(to.mutable_map_type()->mutable_value_type());
    case TypeKind::opaque:
      (void)to.ParsePartialFromString(from.rest);
      return;
    case TypeKind::unknown:
      return;
  }
}

Status write_value(const Value& from, pb::ValueInfoProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  to.set_name(from.name);
  if (from.type.kind != TypeKind::unknown) write_type(from.type, *to.mutable_type());
  return {};
}

Status write_graph(const Graph& from, pb::GraphProto& to);

Status write_attribute_parts(const Attribute& from, pb::AttributeProto& to) {
  for (const Tensor& one : from.tensors) {
    auto* message = from.kind == AttributeKind::tensor ? to.mutable_t() : to.add_tensors();
    if (auto done = write_tensor(one, *message); !done) return done;
  }
  for (const Graph& one : from.graphs) {
    auto* message = from.kind == AttributeKind::graph ? to.mutable_g() : to.add_graphs();
    if (auto done = write_graph(one, *message); !done) return done;
  }
  for (const SparseTensor& one : from.sparse) {
    auto* message =
        from.kind == AttributeKind::sparse_tensor ? to.mutable_sparse_tensor() : to.add_sparse_tensors();
    if (auto done = write_sparse(one, *message); !done) return done;
  }
  for (const Type& one : from.types) {
    write_type(one, *(from.kind == AttributeKind::type ? to.mutable_tp() : to.add_type_protos()));
  }
  return {};
}

Status write_attribute(const Attribute& from, pb::AttributeProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  to.set_name(from.name);
  to.set_type(static_cast<pb::AttributeProto::AttributeType>(from.kind));
  if (!from.reference.empty()) {
    to.set_ref_attr_name(from.reference);
    return {};
  }
  switch (from.kind) {
    case AttributeKind::f:
      to.set_f(from.f);
      return {};
    case AttributeKind::i:
      to.set_i(from.i);
      return {};
    case AttributeKind::s:
      to.set_s(from.s);
      return {};
    case AttributeKind::floats:
      to.mutable_floats()->Add(from.floats.begin(), from.floats.end());
      return {};
    case AttributeKind::ints:
      to.mutable_ints()->Add(from.ints.begin(), from.ints.end());
      return {};
    case AttributeKind::strings:
      for (const auto& text : from.strings) to.add_strings(text);
      return {};
    default:
      return write_attribute_parts(from, to);
  }
}

Status write_node(const Node& from, pb::NodeProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  if (!from.name.empty()) to.set_name(from.name);
  to.set_op_type(from.op);
  if (!from.domain.empty()) to.set_domain(from.domain);
  if (!from.overload.empty()) to.set_overload(from.overload);
  for (const auto& name : from.inputs) to.add_input(name);
  for (const auto& name : from.outputs) to.add_output(name);
  for (const auto& one : from.attributes) {
    if (auto done = write_attribute(one, *to.add_attribute()); !done) return done;
  }
  return {};
}

Status write_graph(const Graph& from, pb::GraphProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  to.set_name(from.name);
  for (const auto& one : from.nodes) {
    if (auto done = write_node(one, *to.add_node()); !done) return done;
  }
  for (const auto& one : from.initializers) {
    if (auto done = write_tensor(one, *to.add_initializer()); !done) return done;
  }
  for (const auto& [name, one] : from.sparse_initializers) {
    if (auto done = write_sparse(one, *to.add_sparse_initializer()); !done) return done;
  }
  for (const auto& one : from.inputs) {
    if (auto done = write_value(one, *to.add_input()); !done) return done;
  }
  for (const auto& one : from.outputs) {
    if (auto done = write_value(one, *to.add_output()); !done) return done;
  }
  for (const auto& one : from.values) {
    if (auto done = write_value(one, *to.add_value_info()); !done) return done;
  }
  return {};
}

void write_opsets(const std::vector<Opset>& from,
                  google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto>* to) {
  for (const auto& one : from) {
    auto* message = to->Add();
    message->set_domain(one.domain);
    message->set_version(one.version);
  }
}

Status write_function(const Function& from, pb::FunctionProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  to.set_name(from.name);
  to.set_domain(from.domain);
  if (!from.overload.empty()) to.set_overload(from.overload);
  for (const auto& name : from.inputs) to.add_input(name);
  for (const auto& name : from.outputs) to.add_output(name);
  for (const auto& name : from.attributes) to.add_attribute(name);
  for (const auto& one : from.defaults) {
    if (auto done = write_attribute(one, *to.add_attribute_proto()); !done) return done;
  }
  for (const auto& one : from.nodes) {
    if (auto done = write_node(one, *to.add_node()); !done) return done;
  }
  write_opsets(from.opsets, to.mutable_opset_import());
  for (const auto& one : from.values) {
    if (auto done = write_value(one, *to.add_value_info()); !done) return done;
  }
  return {};
}

void set_external(const ExternalData& from, pb::TensorProto& to) {
  const auto add = [&](const char* key, std::string value) {
    auto* entry = to.add_external_data();
    entry->set_key(key);
    entry->set_value(std::move(value));
  };
  to.set_data_location(pb::TensorProto::EXTERNAL);
  add("location", from.location);
  if (from.offset != 0) add("offset", std::to_string(from.offset));
  if (from.length >= 0) add("length", std::to_string(from.length));
}

}  // namespace

Status write_tensor(const Tensor& from, pb::TensorProto& to) {
  if (!begin(from.rest, to)) return lost(from.name);
  if (!from.name.empty()) to.set_name(from.name);
  to.set_data_type(static_cast<int32_t>(from.type));
  to.mutable_dims()->Add(from.dims.begin(), from.dims.end());
  if (!from.external.empty()) {
    set_external(from.external, to);
  } else if (from.type == DataType::text) {
    for (const auto& element : from.text) to.add_string_data(element);
  } else {
    to.set_raw_data(from.data.view().data(), from.data.size());
  }
  return {};
}

Status write_model(const Model& from, pb::ModelProto& to) {
  if (!begin(from.rest, to)) return lost("the model");
  to.set_ir_version(from.ir_version);
  if (!from.producer.empty()) to.set_producer_name(from.producer);
  if (!from.producer_version.empty()) to.set_producer_version(from.producer_version);
  if (!from.domain.empty()) to.set_domain(from.domain);
  if (from.version != 0) to.set_model_version(from.version);
  write_opsets(from.opsets, to.mutable_opset_import());
  if (auto done = write_graph(from.graph, *to.mutable_graph()); !done) return done;
  for (const auto& one : from.functions) {
    if (auto done = write_function(one, *to.add_functions()); !done) return done;
  }
  for (const auto& [key, value] : from.metadata) {
    auto* entry = to.add_metadata_props();
    entry->set_key(key);
    entry->set_value(value);
  }
  return {};
}

}  // namespace oree::onnx
