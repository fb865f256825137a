#include <array>

#include "core/graph/shapes/rules.h"

namespace oree::graph {
namespace {

Status same(NodeTypes& t) {
  t.out(0, t.in(0));
  t.output_contents = t.contents(0);
  return {};
}

Status same_plain(NodeTypes& t) {
  t.out(0, t.in(0));
  return {};
}

Status truth_like(NodeTypes& t) {
  if (t.shaped(0)) {
    t.out(0, DataType::boolean, t.dims(0));
  } else {
    t.out(0, DataType::boolean);
  }
  return {};
}

Status broadcast_to(NodeTypes& t, DataType element) {
  Dims dims = t.shaped(0) ? t.dims(0) : Dims{};
  bool all = t.shaped(0);
  for (size_t i = 1; i < t.node.inputs.size() && all; ++i) {
    all = t.shaped(i);
    if (!all) break;
    auto both = broadcast(dims, t.dims(i));
    if (!both) return forward(both);
    dims = std::move(*both);
  }
  if (all) {
    t.out(0, element, std::move(dims));
  } else {
    t.out(0, element);
  }
  return {};
}

DataType first_element(const NodeTypes& t) {
  for (size_t i = 0; i < t.node.inputs.size(); ++i) {
    if (t.element(i) != DataType::undefined) return t.element(i);
  }
  return DataType::undefined;
}

Status arithmetic(NodeTypes& t) {
  return broadcast_to(t, first_element(t));
}
Status compare(NodeTypes& t) {
  return broadcast_to(t, DataType::boolean);
}

int64_t apply(std::string_view op, int64_t a, int64_t b, bool& good) {
  int64_t out = 0;
  if (op == "Add") good = !__builtin_add_overflow(a, b, &out);
  if (op == "Sub") good = !__builtin_sub_overflow(a, b, &out);
  if (op == "Mul") good = !__builtin_mul_overflow(a, b, &out);
  if (op == "Div") {
    good = b != 0 && !(b == -1 && a == std::numeric_limits<int64_t>::min());
    if (good) out = a / b;
  }
  return out;
}

// Integers are followed through the four operations, so that sizes computed in the graph are known.
Status followed(NodeTypes& t) {
  if (auto done = arithmetic(t); !done) return done;
  const auto &a = t.contents(0), &b = t.contents(1);
  if (!a || !b || (a->size() != b->size() && a->size() != 1 && b->size() != 1)) return {};
  Dims out(std::max(a->size(), b->size()));
  if (a->empty() || b->empty()) return {};
  for (size_t i = 0; i < out.size(); ++i) {
    const Dim& x = (*a)[a->size() == 1 ? 0 : i];
    const Dim& y = (*b)[b->size() == 1 ? 0 : i];
    const bool numbers =
        x.symbol.empty() && y.symbol.empty() && x.size != kUnknownNumber && y.size != kUnknownNumber;
    bool good = false;
    const int64_t value = numbers ? apply(t.node.op, x.size, y.size, good) : 0;
    out[i] = good ? Dim{value, ""} : Dim{kUnknownNumber, ""};
    const bool neutral = (t.node.op == "Mul" || t.node.op == "Div") ? y.size == 1 && y.symbol.empty()
                                                                    : y.size == 0 && y.symbol.empty();
    if (!numbers && neutral) out[i] = x;
  }
  t.output_contents = std::move(out);
  return {};
}

Status cast(NodeTypes& t) {
  const auto to = int_or(t.node, "to", 0);
  if (!onnx::known(static_cast<int32_t>(to)) || to <= 0)
    return t.wrong("casts to the unknown type " + std::to_string(to));
  const auto element = static_cast<DataType>(to);
  if (t.shaped(0)) {
    t.out(0, element, t.dims(0));
  } else {
    t.out(0, element);
  }
  if (!facts(element).floating) t.output_contents = t.contents(0);
  return {};
}

Status like_second(NodeTypes& t) {
  if (t.shaped(0)) {
    t.out(0, t.element(1), t.dims(0));
  } else {
    t.out(0, t.element(1));
  }
  return {};
}

Status where(NodeTypes& t) {
  return broadcast_to(t, t.element(1) != DataType::undefined ? t.element(1) : t.element(2));
}

Status normalised(NodeTypes& t) {
  t.out(0, t.in(0));
  return {};
}

Status batch_norm(NodeTypes& t) {
  t.out(0, t.in(0));
  for (size_t o = 1; o < t.outputs.size(); ++o) {
    if (t.shaped(3)) t.out(o, t.element(3), t.dims(3));
  }
  return {};
}

// Mean and inverse deviation keep one for each normalised part.
Status layer_norm(NodeTypes& t) {
  t.out(0, t.in(0));
  if (!t.shaped(0)) return {};
  const auto axis = axis_of(int_or(t.node, "axis", -1), t.rank(0));
  if (!axis)
    return t.wrong("normalises from axis " + std::to_string(int_or(t.node, "axis", -1)) + " of " +
                   std::to_string(t.rank(0)));
  Dims dims = t.dims(0);
  for (size_t d = *axis; d < dims.size(); ++d) dims[d] = {1, ""};
  const auto stash = static_cast<DataType>(int_or(t.node, "stash_type", 1));
  t.out(1, stash, dims);
  t.out(2, stash, dims);
  return {};
}

Status dropout(NodeTypes& t) {
  t.out(0, t.in(0));
  if (t.shaped(0)) t.out(1, DataType::boolean, t.dims(0));
  return {};
}

constexpr std::array kRows{RuleRow{"Identity", same},
                           RuleRow{"Abs", same_plain},
                           RuleRow{"Acos", same_plain},
                           RuleRow{"Acosh", same_plain},
                           RuleRow{"Asin", same_plain},
                           RuleRow{"Asinh", same_plain},
                           RuleRow{"Atan", same_plain},
                           RuleRow{"Atanh", same_plain},
                           RuleRow{"BitwiseNot", same_plain},
                           RuleRow{"Ceil", same_plain},
                           RuleRow{"Celu", same_plain},
                           RuleRow{"Clip", same_plain},
                           RuleRow{"Cos", same_plain},
                           RuleRow{"Cosh", same_plain},
                           RuleRow{"CumSum", same_plain},
                           RuleRow{"CumProd", same_plain},
                           RuleRow{"Elu", same_plain},
                           RuleRow{"Erf", same_plain},
                           RuleRow{"Exp", same_plain},
                           RuleRow{"Floor", same_plain},
                           RuleRow{"Gelu", same_plain},
                           RuleRow{"HardSigmoid", same_plain},
                           RuleRow{"HardSwish", same_plain},
                           RuleRow{"Hardmax", same_plain},
                           RuleRow{"LeakyRelu", same_plain},
                           RuleRow{"Log", same_plain},
                           RuleRow{"LogSoftmax", same_plain},
                           RuleRow{"Mish", same_plain},
                           RuleRow{"Neg", same_plain},
                           RuleRow{"Not", truth_like},
                           RuleRow{"PRelu", same_plain},
                           RuleRow{"Reciprocal", same_plain},
                           RuleRow{"Relu", same_plain},
                           RuleRow{"Round", same_plain},
                           RuleRow{"Selu", same_plain},
                           RuleRow{"Shrink", same_plain},
                           RuleRow{"Sigmoid", same_plain},
                           RuleRow{"Sign", same_plain},
                           RuleRow{"Sin", same_plain},
                           RuleRow{"Sinh", same_plain},
                           RuleRow{"Softmax", same_plain},
                           RuleRow{"Softplus", same_plain},
                           RuleRow{"Softsign", same_plain},
                           RuleRow{"Sqrt", same_plain},
                           RuleRow{"Swish", same_plain},
                           RuleRow{"Tan", same_plain},
                           RuleRow{"Tanh", same_plain},
                           RuleRow{"ThresholdedRelu", same_plain},
                           RuleRow{"Trilu", same_plain},
                           RuleRow{"IsNaN", truth_like},
                           RuleRow{"IsInf", truth_like},
                           RuleRow{"Add", followed},
                           RuleRow{"Sub", followed},
                           RuleRow{"Mul", followed},
                           RuleRow{"Div", followed},
                           RuleRow{"Max", arithmetic},
                           RuleRow{"Min", arithmetic},
                           RuleRow{"Sum", arithmetic},
                           RuleRow{"Mean", arithmetic},
                           RuleRow{"Mod", arithmetic},
                           RuleRow{"BitShift", arithmetic},
                           RuleRow{"BitwiseAnd", arithmetic},
                           RuleRow{"BitwiseOr", arithmetic},
                           RuleRow{"BitwiseXor", arithmetic},
                           RuleRow{"Pow", arithmetic},
                           RuleRow{"And", compare},
                           RuleRow{"Or", compare},
                           RuleRow{"Xor", compare},
                           RuleRow{"Equal", compare},
                           RuleRow{"Greater", compare},
                           RuleRow{"GreaterOrEqual", compare},
                           RuleRow{"Less", compare},
                           RuleRow{"LessOrEqual", compare},
                           RuleRow{"Where", where},
                           RuleRow{"Cast", cast},
                           RuleRow{"CastLike", like_second},
                           RuleRow{"BatchNormalization", batch_norm},
                           RuleRow{"InstanceNormalization", normalised},
                           RuleRow{"GroupNormalization", normalised},
                           RuleRow{"LRN", normalised},
                           RuleRow{"LpNormalization", normalised},
                           RuleRow{"MeanVarianceNormalization", normalised},
                           RuleRow{"RMSNormalization", normalised},
                           RuleRow{"LayerNormalization", layer_norm},
                           RuleRow{"Dropout", dropout},
                           RuleRow{"ReverseSequence", normalised},
                           RuleRow{"ScatterElements", normalised},
                           RuleRow{"Scatter", normalised},
                           RuleRow{"ScatterND", normalised},
                           RuleRow{"TensorScatter", normalised},
                           RuleRow{"RotaryEmbedding", normalised}};

}  // namespace

std::span<const RuleRow> elementwise_rules() {
  return kRows;
}

}  // namespace oree::graph
