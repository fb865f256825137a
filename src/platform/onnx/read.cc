#include "platform/onnx/convert.h"

namespace oree::onnx {
namespace {

std::string take(std::string* text) {
  return std::move(*text);
}

std::vector<std::string> take_all(google::protobuf::RepeatedPtrField<std::string>* texts) {
  std::vector<std::string> out;
  out.reserve(static_cast<size_t>(texts->size()));
  for (auto& text : *texts) out.push_back(std::move(text));
  texts->Clear();
  return out;
}

// Carries the limits and stops at the first error; each method empties what it reads.
class Reader {
 public:
  explicit Reader(const Limits& limits) : limits_(limits) {}

  Result<Model> model(pb::ModelProto& from);

 private:
  template <class Out, class Message, class Each>
  Status all(google::protobuf::RepeatedPtrField<Message>* from, std::vector<Out>& to, Each each) {
    to.reserve(static_cast<size_t>(from->size()));
    for (auto& message : *from) {
      auto one = each(message);
      if (!one) return forward(one);
      to.push_back(std::move(*one));
    }
    from->Clear();
    return {};
  }

  Result<Tensor> tensor(pb::TensorProto& from) { return read_tensor(from, limits_); }
  Result<SparseTensor> sparse(pb::SparseTensorProto& from);
  Result<Type> type(pb::TypeProto& from);
  Result<Value> value(pb::ValueInfoProto& from);
  Result<Attribute> attribute(pb::AttributeProto& from);
  Status attribute_parts(pb::AttributeProto& from, Attribute& to);
  Result<Node> node(pb::NodeProto& from);
  Result<Graph> graph(pb::GraphProto& from);
  Result<Function> function(pb::FunctionProto& from);

  const Limits& limits_;
};

Result<SparseTensor> Reader::sparse(pb::SparseTensorProto& from) {
  auto values = tensor(*from.mutable_values());
  if (!values) return forward(values);
  auto indices = tensor(*from.mutable_indices());
  if (!indices) return forward(indices);
  SparseTensor to{std::move(*values), std::move(*indices), {}};
  to.dims.assign(from.dims().begin(), from.dims().end());
  return to;
}

template <class Message>
Status read_shaped(const Message& from, Type& to) {
  if (!known(from.elem_type())) {
    return fail(ErrorKind::unsupported,
                "element type " + std::to_string(from.elem_type()) + " is none that ONNX names");
  }
  to.element = static_cast<DataType>(from.elem_type());
  to.has_shape = from.has_shape();
  for (const auto& dim : from.shape().dim()) {
    Dim one;
    if (dim.has_dim_value() && dim.dim_value() >= 0) one.size = dim.dim_value();
    if (dim.has_dim_param()) one.symbol = dim.dim_param();
    to.dims.push_back(std::move(one));
  }
  return {};
}

Result<Type> Reader::type(pb::TypeProto& from) {
  Type to;
  pb::TypeProto* inner = nullptr;
  Status done;
  switch (from.value_case()) {
    case pb::TypeProto::kTensorType:
      to.kind = TypeKind::tensor;
      done = read_shaped(from.tensor_type(), to);
      break;
    case pb::TypeProto::kSparseTensorType:
      to.kind = TypeKind::sparse_tensor;
      done = read_shaped(from.sparse_tensor_type(), to);
      break;
    case pb::TypeProto::kSequenceType:
      to.kind = TypeKind::sequence;
      inner = from.mutable_sequence_type()->mutable_elem_type();
      break;
    case pb::TypeProto::kOptionalType:
      to.kind = TypeKind::optional;
      inner = from.mutable_optional_type()->mutable_elem_type();
      break;
    case pb::TypeProto::kMapType:
      to.kind = TypeKind::map;
      to.element = known(from.map_type().key_type()) ? static_cast<DataType>(from.map_type().key_type())
                                                     : DataType::undefined;
      inner = from.mutable_map_type()->mutable_value_type();
      break;
    case pb::TypeProto::kOpaqueType:
      to.kind = TypeKind::opaque;
      to.rest = from.SerializePartialAsString();
      break;
    case pb::TypeProto::VALUE_NOT_SET:
      break;
  }
  if (!done) return forward(done);
  if (inner != nullptr) {
    auto read = type(*inner);
    if (!read) return read;
    to.inner.push_back(std::move(*read));
  }
  return to;
}

Result<Value> Reader::value(pb::ValueInfoProto& from) {
  Value to;
  to.name = take(from.mutable_name());
  if (from.has_type()) {
    auto read = type(*from.mutable_type());
    if (!read) return forward(read, "value '" + to.name + "'");
    to.type = std::move(*read);
  }
  from.clear_name();
  from.clear_type();
  to.rest = from.SerializePartialAsString();
  return to;
}

// Files of IR version 1 leave the kind out; it is then the field that is there.
AttributeKind kind_of(const pb::AttributeProto& from) {
  if (from.type() != pb::AttributeProto::UNDEFINED) return static_cast<AttributeKind>(from.type());
  if (from.has_f()) return AttributeKind::f;
  if (from.has_i()) return AttributeKind::i;
  if (from.has_s()) return AttributeKind::s;
  if (from.has_t()) return AttributeKind::tensor;
  if (from.has_g()) return AttributeKind::graph;
  if (from.floats_size() > 0) return AttributeKind::floats;
  if (from.ints_size() > 0) return AttributeKind::ints;
  if (from.strings_size() > 0) return AttributeKind::strings;
  return AttributeKind::undefined;
}

Status Reader::attribute_parts(pb::AttributeProto& from, Attribute& to) {
  const auto read_one = [&](pb::TensorProto& one) { return tensor(one); };
  const auto read_graph = [&](pb::GraphProto& one) { return graph(one); };
  const auto read_sparse = [&](pb::SparseTensorProto& one) { return sparse(one); };
  const auto read_type = [&](pb::TypeProto& one) { return type(one); };
  if (from.has_t()) from.mutable_tensors()->Add()->Swap(from.mutable_t());
  if (from.has_g()) from.mutable_graphs()->Add()->Swap(from.mutable_g());
  if (from.has_sparse_tensor()) from.mutable_sparse_tensors()->Add()->Swap(from.mutable_sparse_tensor());
  if (from.has_tp()) from.mutable_type_protos()->Add()->Swap(from.mutable_tp());
  if (auto done = all(from.mutable_tensors(), to.tensors, read_one); !done) return done;
  if (auto done = all(from.mutable_graphs(), to.graphs, read_graph); !done) return done;
  if (auto done = all(from.mutable_sparse_tensors(), to.sparse, read_sparse); !done) return done;
  return all(from.mutable_type_protos(), to.types, read_type);
}

// Whether the one thing that the kind promises is there.
bool holds_its_kind(const Attribute& attribute) {
  switch (attribute.kind) {
    case AttributeKind::tensor:
      return attribute.tensors.size() == 1;
    case AttributeKind::graph:
      return attribute.graphs.size() == 1;
    case AttributeKind::sparse_tensor:
      return attribute.sparse.size() == 1;
    case AttributeKind::type:
      return attribute.types.size() == 1;
    case AttributeKind::undefined:
      return false;
    default:
      return true;
  }
}

Result<Attribute> Reader::attribute(pb::AttributeProto& from) {
  Attribute to;
  to.name = take(from.mutable_name());
  to.kind = kind_of(from);
  to.reference = take(from.mutable_ref_attr_name());
  to.f = from.f();
  to.i = from.i();
  to.s = take(from.mutable_s());
  to.floats.assign(from.floats().begin(), from.floats().end());
  to.ints.assign(from.ints().begin(), from.ints().end());
  to.strings = take_all(from.mutable_strings());
  if (auto done = attribute_parts(from, to); !done) return forward(done, "attribute '" + to.name + "'");
  if (to.reference.empty() && !holds_its_kind(to)) {
    return fail(ErrorKind::corrupt, "attribute '" + to.name + "' does not hold what its kind " +
                                        std::to_string(static_cast<int>(to.kind)) + " promises");
  }
  std::string doc = take(from.mutable_doc_string());
  from.Clear();
  if (!doc.empty()) {
    from.set_doc_string(std::move(doc));
    to.rest = from.SerializePartialAsString();
  }
  return to;
}

Result<Node> Reader::node(pb::NodeProto& from) {
  Node to;
  to.name = take(from.mutable_name());
  to.op = take(from.mutable_op_type());
  to.domain = take(from.mutable_domain());
  if (to.domain == "ai.onnx") to.domain.clear();
  to.overload = take(from.mutable_overload());
  to.inputs = take_all(from.mutable_input());
  to.outputs = take_all(from.mutable_output());
  if (auto done = all(from.mutable_attribute(), to.attributes, [&](auto& one) { return attribute(one); });
      !done) {
    return forward(done, "node '" + (to.name.empty() ? to.op : to.name) + "'");
  }
  from.clear_name();
  from.clear_op_type();
  from.clear_domain();
  from.clear_overload();
  to.rest = from.SerializePartialAsString();
  return to;
}

Result<Graph> Reader::graph(pb::GraphProto& from) {
  Graph to;
  to.name = take(from.mutable_name());
  if (auto done = all(from.mutable_node(), to.nodes, [&](auto& one) { return node(one); }); !done) {
    return forward(done);
  }
  if (auto done = all(from.mutable_initializer(), to.initializers, [&](auto& one) { return tensor(one); });
      !done) {
    return forward(done);
  }
  for (auto& one : *from.mutable_sparse_initializer()) {
    auto read = sparse(one);
    if (!read) return forward(read);
    to.sparse_initializers.emplace_back(read->values.name, std::move(*read));
  }
  from.clear_sparse_initializer();
  const auto read_value = [&](auto& one) { return value(one); };
  if (auto done = all(from.mutable_input(), to.inputs, read_value); !done) return forward(done);
  if (auto done = all(from.mutable_output(), to.outputs, read_value); !done) return forward(done);
  if (auto done = all(from.mutable_value_info(), to.values, read_value); !done) return forward(done);
  from.clear_name();
  to.rest = from.SerializePartialAsString();
  return to;
}

std::vector<Opset> read_opsets(google::protobuf::RepeatedPtrField<pb::OperatorSetIdProto>* from) {
  std::vector<Opset> to;
  for (auto& one : *from) {
    to.push_back({one.domain() == "ai.onnx" ? "" : one.domain(), one.version()});
  }
  from->Clear();
  return to;
}

Result<Function> Reader::function(pb::FunctionProto& from) {
  Function to;
  to.name = take(from.mutable_name());
  to.domain = take(from.mutable_domain());
  to.overload = take(from.mutable_overload());
  to.inputs = take_all(from.mutable_input());
  to.outputs = take_all(from.mutable_output());
  to.attributes = take_all(from.mutable_attribute());
  to.opsets = read_opsets(from.mutable_opset_import());
  const auto read_attribute = [&](auto& one) { return attribute(one); };
  if (auto done = all(from.mutable_attribute_proto(), to.defaults, read_attribute); !done)
    return forward(done);
  if (auto done = all(from.mutable_node(), to.nodes, [&](auto& one) { return node(one); }); !done) {
    return forward(done, "function '" + to.name + "'");
  }
  if (auto done = all(from.mutable_value_info(), to.values, [&](auto& one) { return value(one); }); !done) {
    return forward(done);
  }
  from.clear_name();
  from.clear_domain();
  from.clear_overload();
  to.rest = from.SerializePartialAsString();
  return to;
}

Result<Model> Reader::model(pb::ModelProto& from) {
  Model to;
  to.ir_version = from.ir_version();
  to.producer = take(from.mutable_producer_name());
  to.producer_version = take(from.mutable_producer_version());
  to.domain = take(from.mutable_domain());
  to.version = from.model_version();
  to.opsets = read_opsets(from.mutable_opset_import());
  auto read = graph(*from.mutable_graph());
  if (!read) return forward(read);
  to.graph = std::move(*read);
  if (auto done = all(from.mutable_functions(), to.functions, [&](auto& one) { return function(one); });
      !done) {
    return forward(done);
  }
  for (auto& entry : *from.mutable_metadata_props()) {
    to.metadata.emplace_back(take(entry.mutable_key()), take(entry.mutable_value()));
  }
  from.clear_ir_version();
  from.clear_producer_name();
  from.clear_producer_version();
  from.clear_domain();
  from.clear_model_version();
  from.clear_graph();
  from.clear_metadata_props();
  to.rest = from.SerializePartialAsString();
  return to;
}

}  // namespace

Result<Model> read_model(pb::ModelProto& from, const Limits& limits) {
  return Reader(limits).model(from);
}

}  // namespace oree::onnx
