// Element by element, products and reductions.
#include <algorithm>

#include "core/graph/numbers.h"
#include "core/graph/tflite/converter.h"

namespace oree::graph {
namespace {

struct Simple {
  int32_t code;
  std::string_view op;
};
constexpr std::array kUnary{Simple{8, "Floor"}, Simple{14, "Sigmoid"}, Simple{19, "Relu"},
                            Simple{28, "Tanh"}, Simple{47, "Exp"},     Simple{59, "Neg"},
                            Simple{66, "Sin"},  Simple{73, "Log"},     Simple{75, "Sqrt"},
                            Simple{101, "Abs"}, Simple{104, "Ceil"},   Simple{108, "Cos"},
                            Simple{111, "Elu"}, Simple{116, "Round"},  Simple{117, "HardSwish"},
                            Simple{87, "Not"},  Simple{150, "Gelu"}};
constexpr std::array kBinary{Simple{0, "Add"},          Simple{18, "Mul"},     Simple{41, "Sub"},
                             Simple{42, "Div"},         Simple{55, "Max"},     Simple{57, "Min"},
                             Simple{58, "Less"},        Simple{61, "Greater"}, Simple{62, "GreaterOrEqual"},
                             Simple{63, "LessOrEqual"}, Simple{71, "Equal"},   Simple{78, "Pow"},
                             Simple{84, "Or"},          Simple{86, "And"}};

std::string op_of(std::span<const Simple> rows, int32_t code) {
  return std::string(std::ranges::find(rows, code, &Simple::code)->op);
}

Result<std::vector<std::string>> read_all(Converter& to, const LiteOp& op, Layout layout) {
  std::vector<std::string> names;
  for (const int32_t input : op.inputs) {
    auto name = to.read(input, layout);
    if (!name) return forward(name);
    names.push_back(std::move(*name));
  }
  return names;
}

Status unary(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 1) return fail(ErrorKind::invalid, "needs one input");
  const Layout layout = to.best_layout(op);
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  if (op.code == 150) to.need_opset(20);
  to.write(op.outputs[0], layout, to.add(op_of(kUnary, op.code), {*input}));
  return {};
}

Status binary(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return fail(ErrorKind::invalid, "needs two inputs");
  const Layout layout = to.best_layout(op);
  auto inputs = read_all(to, op, layout);
  if (!inputs) return forward(inputs);
  const bool arithmetic = op.code == 0 || op.code == 18 || op.code == 41 || op.code == 42;
  const std::string name = to.add(op_of(kBinary, op.code), std::move(*inputs));
  to.write(op.outputs[0], layout, arithmetic ? to.activated(name, op.options.number<int8_t>(0, 0)) : name);
  return {};
}

// The types that the file stores change; the numbers do not.
Status same_numbers(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return fail(ErrorKind::invalid, "needs an input");
  const Layout layout = to.best_layout(op);
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  const LiteTensor &from = to.tensor(op.inputs[0]), &made = to.tensor(op.outputs[0]);
  const bool casts = !from.quantised() && !made.quantised() && from.type != made.type;
  to.write(op.outputs[0], layout,
           casts ? to.add("Cast", {*input}, {attribute("to", static_cast<int64_t>(made.type))}) : *input);
  return {};
}

Status bounded(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return fail(ErrorKind::invalid, "needs an input");
  const Layout layout = to.best_layout(op);
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  to.write(op.outputs[0], layout, to.activated(*input, op.code == 21 ? 3 : 2));
  return {};
}

Status leaky(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return fail(ErrorKind::invalid, "needs an input");
  const Layout layout = to.best_layout(op);
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  to.write(op.outputs[0], layout,
           to.add("LeakyRelu", {*input}, {attribute("alpha", op.options.number<float>(0, 0))}));
  return {};
}

Status prelu(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return fail(ErrorKind::invalid, "needs two inputs");
  const Layout layout = to.best_layout(op);
  auto inputs = read_all(to, op, layout);
  if (!inputs) return forward(inputs);
  to.write(op.outputs[0], layout, to.add("PRelu", std::move(*inputs)));
  return {};
}

Status softmax(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return fail(ErrorKind::invalid, "needs an input");
  auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const float beta = op.code == 25 ? op.options.number<float>(0, 1) : 1;
  std::string name = *input;
  if (beta != 1) name = to.add("Mul", {name, to.add_tensor(scalar("beta", beta))});
  to.write(op.outputs[0], Layout::rows,
           to.add(op.code == 25 ? "Softmax" : "LogSoftmax", {name}, {attribute("axis", int64_t{-1})}));
  return {};
}

Status square(Converter& to, const LiteOp& op) {
  const Layout layout = to.best_layout(op);
  auto inputs = read_all(to, op, layout);
  if (!inputs) return forward(inputs);
  if (op.code == 99 && inputs->size() == 2) {
    const std::string difference = to.add("Sub", *inputs);
    to.write(op.outputs[0], layout, to.add("Mul", {difference, difference}));
  } else if (op.code == 76 && inputs->size() == 1) {
    to.write(op.outputs[0], layout, to.add("Reciprocal", {to.add("Sqrt", *inputs)}));
  } else if (op.code == 92 && inputs->size() == 1) {
    to.write(op.outputs[0], layout, to.add("Mul", {inputs->at(0), inputs->at(0)}));
  } else {
    return fail(ErrorKind::invalid, "has a wrong number of inputs");
  }
  return {};
}

// y = x w^T + b, whatever the dimensions of x in front of the last one.
Status fully_connected(Converter& to, const LiteOp& op) {
  if (op.inputs.size() < 2 || op.inputs[1] < 0 || to.tensor(op.inputs[1]).dims.size() != 2)
    return fail(ErrorKind::invalid, "needs an input and a matrix");
  if (!to.constant(op.inputs[1])) return fail(ErrorKind::unsupported, "has weights that are computed");
  if (op.options.number<int8_t>(1, 0) != 0) return fail(ErrorKind::unsupported, "has shuffled weights");
  const LiteTensor& weights = to.tensor(op.inputs[1]);
  auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const bool keeps = op.options.number<uint8_t>(2, 0) != 0;
  std::string rows = *input;
  const auto& dims = to.tensor(op.inputs[0]).dims;
  if (!keeps && (dims.size() != 2 || dims[1] != weights.dims[1]))
    rows = to.add("Reshape", {rows, to.add_ints("shape", {-1, weights.dims[1]})});
  const bool biased = op.inputs.size() > 2 && op.inputs[2] >= 0;
  std::string bias;
  if (biased) {
    auto read = to.read(op.inputs[2]);
    if (!read) return forward(read);
    bias = *read;
  }
  std::string made;
  if (keeps && dims.size() != 2) {
    const auto matrix = to.permuted(op.inputs[1], {1, 0});
    if (!matrix) return forward(matrix);
    made = to.add("MatMul", {rows, *matrix});
    if (biased) made = to.add("Add", {made, bias});
  } else {
    const auto matrix = to.read(op.inputs[1]);
    if (!matrix) return forward(matrix);
    std::vector<std::string> inputs{rows, *matrix};
    if (biased) inputs.push_back(bias);
    made = to.add("Gemm", std::move(inputs), {attribute("transB", int64_t{1})});
  }
  to.write(op.outputs[0], Layout::rows, to.activated(made, op.options.number<int8_t>(0, 0)));
  return {};
}

Status batch_matmul(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return fail(ErrorKind::invalid, "needs two inputs");
  auto inputs = read_all(to, op, Layout::rows);
  if (!inputs) return forward(inputs);
  for (size_t i = 0; i < 2; ++i) {
    const auto rank = static_cast<int64_t>(to.tensor(op.inputs[i]).dims.size());
    if (op.options.number<uint8_t>(static_cast<unsigned>(i), 0) == 0 || rank < 2) continue;
    std::vector<int64_t> order(static_cast<size_t>(rank));
    for (int64_t d = 0; d < rank; ++d) order[static_cast<size_t>(d)] = d;
    std::swap(order[order.size() - 1], order[order.size() - 2]);
    (*inputs)[i] = to.add("Transpose", {(*inputs)[i]}, {attribute("perm", order)});
  }
  to.write(op.outputs[0], Layout::rows, to.add("MatMul", std::move(*inputs)));
  return {};
}

struct Reduction {
  int32_t code;
  std::string_view op;
};
constexpr std::array kReductions{Reduction{40, "ReduceMean"}, Reduction{74, "ReduceSum"},
                                 Reduction{81, "ReduceProd"}, Reduction{82, "ReduceMax"},
                                 Reduction{89, "ReduceMin"}};

Status reduce(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return fail(ErrorKind::invalid, "needs an input and axes");
  auto axes = to.ints(op.inputs[1]);
  if (!axes) return forward(axes);
  const bool keep = op.options.number<uint8_t>(0, 0) != 0;
  const auto rank = static_cast<int64_t>(to.tensor(op.inputs[0]).dims.size());
  for (int64_t& axis : *axes) axis = axis < 0 ? axis + rank : axis;
  std::ranges::sort(*axes);
  const bool spatial = rank == 4 && *axes == std::vector<int64_t>{1, 2};
  // The mean over an image keeps its channels in one order whether the two ones stand before or behind.
  const bool planes = spatial && (keep || op.code == 40) && !to.tensor(op.inputs[0]).dims.empty();
  const auto input = to.read(op.inputs[0], planes ? Layout::planes : Layout::rows);
  if (!input) return forward(input);
  if (planes && op.code == 40) {
    const std::string pooled = to.add("GlobalAveragePool", {*input});
    if (keep) {
      to.write(op.outputs[0], Layout::planes, pooled);
    } else {
      to.write(op.outputs[0], Layout::rows, to.add("Flatten", {pooled}));
    }
    return {};
  }
  if (planes) axes = std::vector<int64_t>{2, 3};
  const auto name = std::string(std::ranges::find(kReductions, op.code, &Reduction::code)->op);
  std::vector<Attribute> attributes{attribute("keepdims", int64_t{keep})};
  std::vector<std::string> inputs{*input};
  if (name == "ReduceSum") {
    inputs.push_back(to.add_ints("axes", *axes));
  } else {
    to.need_opset(18);
    inputs.push_back(to.add_ints("axes", *axes));
  }
  to.write(op.outputs[0], planes && keep ? Layout::planes : Layout::rows,
           to.add(name, std::move(inputs), std::move(attributes)));
  return {};
}

Status arg(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return fail(ErrorKind::invalid, "needs an input and an axis");
  const auto axis = to.ints(op.inputs[1]);
  if (!axis || axis->size() != 1) return fail(ErrorKind::unsupported, "has an axis that is computed");
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const std::string found = to.add(op.code == 56 ? "ArgMax" : "ArgMin", {*input},
                                   {attribute("axis", axis->at(0)), attribute("keepdims", int64_t{0})});
  const DataType type = to.tensor(op.outputs[0]).type;
  to.write(
      op.outputs[0], Layout::rows,
      type == DataType::i64 ? found : to.add("Cast", {found}, {attribute("to", static_cast<int64_t>(type))}));
  return {};
}

constexpr std::array kRows{LiteRow{0, "ADD", binary},
                           LiteRow{6, "DEQUANTIZE", same_numbers},
                           LiteRow{8, "FLOOR", unary},
                           LiteRow{9, "FULLY_CONNECTED", fully_connected},
                           LiteRow{14, "LOGISTIC", unary},
                           LiteRow{18, "MUL", binary},
                           LiteRow{19, "RELU", unary},
                           LiteRow{20, "RELU_N1_TO_1", bounded},
                           LiteRow{21, "RELU6", bounded},
                           LiteRow{25, "SOFTMAX", softmax},
                           LiteRow{28, "TANH", unary},
                           LiteRow{40, "MEAN", reduce},
                           LiteRow{41, "SUB", binary},
                           LiteRow{42, "DIV", binary},
                           LiteRow{47, "EXP", unary},
                           LiteRow{50, "LOG_SOFTMAX", softmax},
                           LiteRow{53, "CAST", same_numbers},
                           LiteRow{54, "PRELU", prelu},
                           LiteRow{55, "MAXIMUM", binary},
                           LiteRow{56, "ARG_MAX", arg},
                           LiteRow{57, "MINIMUM", binary},
                           LiteRow{58, "LESS", binary},
                           LiteRow{59, "NEG", unary},
                           LiteRow{61, "GREATER", binary},
                           LiteRow{62, "GREATER_EQUAL", binary},
                           LiteRow{63, "LESS_EQUAL", binary},
                           LiteRow{66, "SIN", unary},
                           LiteRow{71, "EQUAL", binary},
                           LiteRow{73, "LOG", unary},
                           LiteRow{74, "SUM", reduce},
                           LiteRow{75, "SQRT", unary},
                           LiteRow{76, "RSQRT", square},
                           LiteRow{78, "POW", binary},
                           LiteRow{79, "ARG_MIN", arg},
                           LiteRow{81, "REDUCE_PROD", reduce},
                           LiteRow{82, "REDUCE_MAX", reduce},
                           LiteRow{84, "LOGICAL_OR", binary},
                           LiteRow{86, "LOGICAL_AND", binary},
                           LiteRow{87, "LOGICAL_NOT", unary},
                           LiteRow{89, "REDUCE_MIN", reduce},
                           LiteRow{92, "SQUARE", square},
                           LiteRow{98, "LEAKY_RELU", leaky},
                           LiteRow{99, "SQUARED_DIFFERENCE", square},
                           LiteRow{101, "ABS", unary},
                           LiteRow{104, "CEIL", unary},
                           LiteRow{108, "COS", unary},
                           LiteRow{111, "ELU", unary},
                           LiteRow{114, "QUANTIZE", same_numbers},
                           LiteRow{116, "ROUND", unary},
                           LiteRow{117, "HARD_SWISH", unary},
                           LiteRow{126, "BATCH_MATMUL", batch_matmul},
                           LiteRow{150, "GELU", unary}};

}  // namespace

std::span<const LiteRow> lite_math_rows() {
  return kRows;
}

}  // namespace oree::graph
