// Recurrent operators.
#include "core/graph/numbers.h"
#include "core/graph/tflite/converter.h"

namespace oree::graph {
namespace {

// TensorFlow Lite keeps input, forget, cell and output gate apart; ONNX wants input, output, forget, cell in
// one.
constexpr std::array<size_t, 4> kGates{0, 3, 1, 2};

Result<std::string> gates(Converter& to, const LiteOp& op, size_t first, int64_t axis_in_front) {
  std::vector<std::string> parts;
  for (const size_t gate : kGates) {
    const auto part = to.read(op.inputs[first + gate]);
    if (!part) return part;
    parts.push_back(*part);
  }
  const std::string joined = to.add("Concat", std::move(parts), {attribute("axis", int64_t{0})});
  return to.add("Unsqueeze", {joined, to.add_ints("axes", {axis_in_front})});
}

bool left_out(const LiteOp& op, size_t first, size_t last) {
  for (size_t i = first; i <= last && i < op.inputs.size(); ++i) {
    if (op.inputs[i] >= 0) return false;
  }
  return true;
}

// Inputs: x, 4 weights, 4 recurrent weights, 3 peepholes, 4 biases, 2 of a projection, 2 states, 4 of a
// normalisation. The states begin at zero in each run. Of an integer LSTM the weights are the file's; what
// lies between its gates is computed in float, not in the file's 16-bit steps.
Status lstm(Converter& to, const LiteOp& op) {
  if (op.inputs.size() < 20) return fail(ErrorKind::invalid, "needs 20 inputs");
  if (op.inputs[1] < 0) return fail(ErrorKind::unsupported, "couples its input and forget gates");
  if (!left_out(op, 9, 11) || !left_out(op, 16, 17) || !left_out(op, 20, 23))
    return fail(ErrorKind::unsupported, "has peepholes, a projection or a normalisation");
  if (op.options.number<int8_t>(0, 4) != 4 && op.options.number<int8_t>(0, 0) != 0)
    return fail(ErrorKind::unsupported, "activates its cell by something else than Tanh");
  const auto& shape = to.tensor(op.inputs[0]).dims;
  if (shape.size() != 3 || to.tensor(op.inputs[5]).dims.size() != 2)
    return fail(ErrorKind::invalid, "needs an input of three dimensions");
  const bool time_first = op.options.number<uint8_t>(3, 0) != 0;
  auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const std::vector<int64_t> swap{1, 0, 2};
  if (!time_first) input = to.add("Transpose", {*input}, {attribute("perm", swap)});
  const auto weights = gates(to, op, 1, 0);
  if (!weights) return forward(weights);
  const auto recurrent = gates(to, op, 5, 0);
  if (!recurrent) return forward(recurrent);
  const auto bias = gates(to, op, 12, 0);
  if (!bias) return forward(bias);
  const int64_t hidden = to.tensor(op.inputs[5]).dims[1];
  const std::vector<float> zeros(static_cast<size_t>(4 * hidden), 0);
  const std::string none =
      to.add_tensor(tensor_of("no_bias", {1, 4 * hidden}, std::span<const float>(zeros)));
  const std::string both = to.add("Concat", {*bias, none}, {attribute("axis", int64_t{1})});
  const float clip = op.options.number<float>(1, 0);
  std::vector<Attribute> attributes{attribute("hidden_size", hidden)};
  // ONNX clips what goes into the gates, not the cell: the two are not the same, but a clip that nothing
  // reaches is none.
  if (clip > 0 && clip < 10) return fail(ErrorKind::unsupported, "clips its cell at " + std::to_string(clip));
  const std::string made = to.add("LSTM", {*input, *weights, *recurrent, both}, std::move(attributes));
  const std::string steps = to.add("Squeeze", {made, to.add_ints("axes", {1})});
  to.write(op.outputs[0], Layout::rows,
           time_first ? steps : to.add("Transpose", {steps}, {attribute("perm", swap)}));
  return {};
}

constexpr std::array kRows{LiteRow{44, "UNIDIRECTIONAL_SEQUENCE_LSTM", lstm}};

}  // namespace

std::span<const LiteRow> lite_memory_rows() {
  return kRows;
}

}  // namespace oree::graph
