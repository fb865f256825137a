// Recurrent, quantised, random and created tensors, and sequences.
#include <array>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status recurrent(NodeTypes& t) {
  for (size_t o = 0; o < t.outputs.size(); ++o) t.out(o, t.element(0));
  if (!t.shaped(0) || t.rank(0) != 3) return {};
  const Dim directions{text_or(t.node, "direction", "forward") == "bidirectional" ? 2 : 1, ""};
  const int64_t wish = int_or(t.node, "hidden_size", -1);
  const Dim hidden = wish > 0 ? Dim{wish, ""} : Dim{};
  const bool batch_first = int_or(t.node, "layout", 0) != 0;
  const Dim steps = t.dims(0)[batch_first ? 1 : 0], batch = t.dims(0)[batch_first ? 0 : 1];
  t.out(0, t.element(0),
        batch_first ? Dims{batch, steps, directions, hidden} : Dims{steps, directions, batch, hidden});
  const Dims last = batch_first ? Dims{batch, directions, hidden} : Dims{directions, batch, hidden};
  t.out(1, t.element(0), last);
  t.out(2, t.element(0), last);
  return {};
}

Status quantize(NodeTypes& t) {
  const auto wish = static_cast<DataType>(int_or(t.node, "output_dtype", 0));
  const DataType element = has_input(t.node, 2)          ? t.element(2)
                           : wish != DataType::undefined ? wish
                                                         : DataType::u8;
  if (t.shaped(0)) {
    t.out(0, element, t.dims(0));
  } else {
    t.out(0, element);
  }
  return {};
}

Status dequantize(NodeTypes& t) {
  const auto wish = static_cast<DataType>(int_or(t.node, "output_dtype", 0));
  const DataType element = wish != DataType::undefined ? wish : t.element(1);
  if (t.shaped(0)) {
    t.out(0, element, t.dims(0));
  } else {
    t.out(0, element);
  }
  return {};
}

Status dynamic_quantize(NodeTypes& t) {
  t.out(0, DataType::u8);
  if (t.shaped(0)) t.out(0, DataType::u8, t.dims(0));
  t.out(1, DataType::f32, Dims{});
  t.out(2, DataType::u8, Dims{});
  return {};
}

Status constant(NodeTypes& t) {
  if (t.node.attributes.size() != 1)
    return t.wrong("needs one value and has " + std::to_string(t.node.attributes.size()));
  const Attribute& value = t.node.attributes[0];
  const auto count = [](const auto& list) { return Dims{{static_cast<int64_t>(list.size()), ""}}; };
  if (value.name == "value" && value.tensors.size() == 1)
    t.out(0, value.tensors[0].type, known(value.tensors[0].dims));
  if (value.name == "sparse_value" && value.sparse.size() == 1)
    t.out(0, value.sparse[0].values.type, known(value.sparse[0].dims));
  if (value.name == "value_float") t.out(0, DataType::f32, Dims{});
  if (value.name == "value_int") t.out(0, DataType::i64, Dims{});
  if (value.name == "value_string") t.out(0, DataType::text, Dims{});
  if (value.name == "value_floats") t.out(0, DataType::f32, count(value.floats));
  if (value.name == "value_ints") t.out(0, DataType::i64, count(value.ints));
  if (value.name == "value_strings") t.out(0, DataType::text, count(value.strings));
  return {};
}

Status random_of_shape(NodeTypes& t) {
  t.out(0, static_cast<DataType>(int_or(t.node, "dtype", 1)), known(ints_or(t.node, "shape", {})));
  return {};
}

Status random_like(NodeTypes& t) {
  const int64_t wish = int_or(t.node, "dtype", 0);
  const DataType element = wish != 0 ? static_cast<DataType>(wish) : t.element(0);
  if (t.shaped(0)) {
    t.out(0, element, t.dims(0));
  } else {
    t.out(0, element);
  }
  return {};
}

Status multinomial(NodeTypes& t) {
  const auto element = static_cast<DataType>(int_or(t.node, "dtype", 6));
  t.out(0, element);
  if (t.shaped(0) && t.rank(0) == 2)
    t.out(0, element, {t.dims(0)[0], {int_or(t.node, "sample_size", 1), ""}});
  return {};
}

Status grid_sample(NodeTypes& t) {
  t.out(0, t.element(0));
  if (!t.shaped(0) || !t.shaped(1) || t.rank(0) < 3 || t.rank(1) != t.rank(0)) return {};
  Dims dims{t.dims(0)[0], t.dims(0)[1]};
  dims.insert(dims.end(), t.dims(1).begin() + 1, t.dims(1).end() - 1);
  t.out(0, t.element(0), std::move(dims));
  return {};
}

Status window_of(NodeTypes& t) {
  const auto element = static_cast<DataType>(int_or(t.node, "output_datatype", 1));
  const auto size = t.numbers(0);
  t.out(0, element, {size && size->size() == 1 ? Dim{size->at(0), ""} : Dim{}});
  return {};
}

Type sequence_of(Type inner) {
  Type type;
  type.kind = TypeKind::sequence;
  type.inner = {std::move(inner)};
  return type;
}

// Elements may differ in shape; their type is what is sure.
Status sequence(NodeTypes& t) {
  Type inner = t.in(0);
  for (size_t i = 1; i < t.node.inputs.size(); ++i) {
    if (inner.dims != t.in(i).dims) inner.has_shape = false, inner.dims.clear();
  }
  if (inner.kind == TypeKind::tensor) t.out(0, sequence_of(std::move(inner)));
  return {};
}

Status sequence_empty(NodeTypes& t) {
  Type inner;
  inner.kind = TypeKind::tensor;
  inner.element = static_cast<DataType>(int_or(t.node, "dtype", 1));
  t.out(0, sequence_of(std::move(inner)));
  return {};
}

Status sequence_length(NodeTypes& t) {
  t.out(0, DataType::i64, Dims{});
  return {};
}

constexpr std::array kRows{RuleRow{"RNN", recurrent},
                           RuleRow{"GRU", recurrent},
                           RuleRow{"LSTM", recurrent},
                           RuleRow{"QuantizeLinear", quantize},
                           RuleRow{"DequantizeLinear", dequantize},
                           RuleRow{"DynamicQuantizeLinear", dynamic_quantize},
                           RuleRow{"Constant", constant},
                           RuleRow{"RandomNormal", random_of_shape},
                           RuleRow{"RandomUniform", random_of_shape},
                           RuleRow{"RandomNormalLike", random_like},
                           RuleRow{"RandomUniformLike", random_like},
                           RuleRow{"Bernoulli", random_like},
                           RuleRow{"EyeLike", random_like},
                           RuleRow{"Multinomial", multinomial},
                           RuleRow{"GridSample", grid_sample},
                           RuleRow{"HannWindow", window_of},
                           RuleRow{"HammingWindow", window_of},
                           RuleRow{"BlackmanWindow", window_of},
                           RuleRow{"SequenceConstruct", sequence},
                           RuleRow{"SequenceEmpty", sequence_empty},
                           RuleRow{"SequenceLength", sequence_length}};

}  // namespace

std::span<const RuleRow> other_rules() {
  return kRows;
}

}  // namespace oree::graph
