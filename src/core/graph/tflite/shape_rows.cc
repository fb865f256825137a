// Operators that move elements or join tensors.
#include <algorithm>
#include <limits>

#include "core/graph/numbers.h"
#include "core/graph/tflite/converter.h"

namespace oree::graph {
namespace {

constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();

std::unexpected<Error> needs(const char* what) {
  return fail(ErrorKind::invalid, std::string("needs ") + what);
}

// One pixel per channel has the same order of elements, channels last or second.
bool one_pixel(const std::vector<int64_t>& dims) {
  return dims.size() == 4 && dims[1] == 1 && dims[2] == 1;
}

Status reshape(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return needs("an input");
  const bool planes = one_pixel(to.tensor(op.inputs[0]).dims) &&
                      to.best_layout({.inputs = op.inputs, .outputs = {op.inputs[0]}}) == Layout::planes;
  const auto input = to.read(op.inputs[0], planes ? Layout::planes : Layout::rows);
  if (!input) return forward(input);
  std::vector<int64_t> dims;
  if (op.inputs.size() > 1 && op.inputs[1] >= 0 && to.constant(op.inputs[1])) {
    auto wished = to.ints(op.inputs[1]);
    if (!wished) return forward(wished);
    dims = std::move(*wished);
  } else {
    for (const int32_t dim : op.options.numbers<int32_t>(0)) dims.push_back(dim);
  }
  if (dims.empty() || std::ranges::count(dims, -1) > 1) dims = to.tensor(op.outputs[0]).dims;
  to.write(op.outputs[0], Layout::rows, to.add("Reshape", {*input, to.add_ints("shape", std::move(dims))}));
  return {};
}

// Squeeze and ExpandDims keep the order of elements: the output's shape says it all.
Status to_output_shape(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return needs("an input");
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  to.write(op.outputs[0], Layout::rows,
           to.add("Reshape", {*input, to.add_ints("shape", to.tensor(op.outputs[0]).dims)}));
  return {};
}

Status concat(Converter& to, const LiteOp& op) {
  if (op.inputs.empty()) return needs("inputs");
  const Layout layout = to.best_layout(op);
  std::vector<std::string> inputs;
  for (const int32_t input : op.inputs) {
    auto name = to.read(input, layout);
    if (!name) return forward(name);
    inputs.push_back(std::move(*name));
  }
  const auto rank = static_cast<int64_t>(to.tensor(op.outputs[0]).dims.size());
  int64_t axis = op.options.number<int32_t>(0, 0);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank) return needs("an axis within its dimensions");
  if (layout == Layout::planes) axis = axis_in_planes(axis);
  to.write(op.outputs[0], layout,
           to.activated(to.add("Concat", std::move(inputs), {attribute("axis", axis)}),
                        op.options.number<int8_t>(1, 0)));
  return {};
}

Status pad(Converter& to, const LiteOp& op) {
  if (op.inputs.size() < 2) return needs("an input and pads");
  const Layout layout = to.best_layout({.inputs = {op.inputs[0]}, .outputs = op.outputs});
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  const auto pairs = to.ints(op.inputs[1]);
  if (!pairs) return forward(pairs);
  const size_t rank = to.tensor(op.inputs[0]).dims.size();
  if (pairs->size() != 2 * rank) return needs("two pads for each dimension");
  std::vector<int64_t> pads(2 * rank);
  for (size_t d = 0; d < rank; ++d) {
    const auto at =
        layout == Layout::planes ? static_cast<size_t>(axis_in_planes(static_cast<int64_t>(d))) : d;
    pads[at] = (*pairs)[2 * d];
    pads[rank + at] = (*pairs)[2 * d + 1];
  }
  std::vector<std::string> inputs{*input, to.add_ints("pads", std::move(pads))};
  if (op.inputs.size() > 2 && op.inputs[2] >= 0) {
    const auto value = to.read(op.inputs[2]);
    if (!value) return forward(value);
    inputs.push_back(to.add("Reshape", {*value, to.add_ints("shape", {})}));
  }
  std::vector<Attribute> attributes;
  if (op.code == 100) attributes.push_back(attribute("mode", std::string("reflect")));
  if (op.code == 100 && op.options.number<int8_t>(0, 0) != 0)
    return fail(ErrorKind::unsupported, "mirrors with its edge (SYMMETRIC), which ONNX has not");
  to.write(op.outputs[0], layout, to.add("Pad", std::move(inputs), std::move(attributes)));
  return {};
}

Status transpose(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return needs("an input and an order");
  const auto order = to.ints(op.inputs[1]);
  if (!order) return forward(order);
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  to.write(op.outputs[0], Layout::rows, to.add("Transpose", {*input}, {attribute("perm", *order)}));
  return {};
}

struct Cuts {
  std::vector<int64_t> from, to, axes, steps;
};

void write_cut(Converter& to, const LiteOp& op, Layout layout, const std::string& input, Cuts cuts) {
  if (layout == Layout::planes) {
    for (int64_t& axis : cuts.axes) axis = axis_in_planes(axis);
  }
  to.write(op.outputs[0], layout,
           to.add("Slice", {input, to.add_ints("starts", cuts.from), to.add_ints("ends", cuts.to),
                            to.add_ints("axes", cuts.axes), to.add_ints("steps", cuts.steps)}));
}

Status strided_slice(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 4) return needs("an input, begins, ends and strides");
  const auto from = to.ints(op.inputs[1]), until = to.ints(op.inputs[2]), steps = to.ints(op.inputs[3]);
  if (!from || !until || !steps)
    return fail(ErrorKind::unsupported, "has begins, ends or strides that are computed");
  const size_t rank = to.tensor(op.inputs[0]).dims.size();
  if (from->size() > rank || until->size() != from->size() || steps->size() != from->size())
    return needs("as many begins as ends and strides");
  const auto mask = [&](unsigned field) {
    return static_cast<uint32_t>(op.options.number<int32_t>(field, 0));
  };
  const uint32_t open_from = mask(0), open_to = mask(1), shrink = mask(4);
  if (mask(2) != 0 || mask(3) != 0) return fail(ErrorKind::unsupported, "uses an ellipsis or new axes");
  const Layout layout =
      shrink == 0 ? to.best_layout({.inputs = {op.inputs[0]}, .outputs = op.outputs}) : Layout::rows;
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  Cuts cuts;
  std::vector<int64_t> gone;
  for (size_t d = 0; d < from->size(); ++d) {
    const int64_t step = (*steps)[d];
    const bool one = (shrink >> d & 1) != 0;
    cuts.axes.push_back(static_cast<int64_t>(d));
    cuts.steps.push_back(one ? 1 : step);
    cuts.from.push_back(!one && (open_from >> d & 1) != 0 ? (step > 0 ? 0 : kToTheEnd) : (*from)[d]);
    cuts.to.push_back(!one && (open_to >> d & 1) != 0 ? (step > 0 ? kToTheEnd : -kToTheEnd) : (*until)[d]);
    if (!one) continue;
    cuts.to.back() = (*from)[d] == -1 || (*from)[d] == kToTheEnd ? kToTheEnd : (*from)[d] + 1;
    gone.push_back(static_cast<int64_t>(d));
  }
  if (gone.empty()) {
    write_cut(to, op, layout, *input, std::move(cuts));
    return {};
  }
  const std::string cut =
      to.add("Slice", {*input, to.add_ints("starts", cuts.from), to.add_ints("ends", cuts.to),
                       to.add_ints("axes", cuts.axes), to.add_ints("steps", cuts.steps)});
  to.write(op.outputs[0], Layout::rows, to.add("Squeeze", {cut, to.add_ints("axes", std::move(gone))}));
  return {};
}

Status slice(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 3) return needs("an input, begins and sizes");
  const auto from = to.ints(op.inputs[1]), sizes = to.ints(op.inputs[2]);
  if (!from || !sizes) return fail(ErrorKind::unsupported, "has begins or sizes that are computed");
  if (from->size() != sizes->size() || from->size() != to.tensor(op.inputs[0]).dims.size())
    return needs("a begin and a size for each dimension");
  const Layout layout = to.best_layout({.inputs = {op.inputs[0]}, .outputs = op.outputs});
  const auto input = to.read(op.inputs[0], layout);
  if (!input) return forward(input);
  Cuts cuts;
  for (size_t d = 0; d < from->size(); ++d) {
    cuts.axes.push_back(static_cast<int64_t>(d));
    cuts.steps.push_back(1);
    cuts.from.push_back((*from)[d]);
    int64_t end = 0;
    const bool open = (*sizes)[d] < 0 || __builtin_add_overflow((*from)[d], (*sizes)[d], &end);
    cuts.to.push_back(open ? kToTheEnd : end);
  }
  write_cut(to, op, layout, *input, std::move(cuts));
  return {};
}

// SPLIT has the axis first, SPLIT_V last.
Status split(Converter& to, const LiteOp& op) {
  const bool sized = op.code == 102;
  if (op.inputs.size() != (sized ? 3u : 2u)) return needs("an input and an axis");
  const int32_t source = op.inputs[sized ? 0 : 1];
  const auto given = to.ints(op.inputs[sized ? 2 : 0]);
  if (!given || given->size() != 1) return fail(ErrorKind::unsupported, "has an axis that is computed");
  const Layout layout = to.best_layout({.inputs = {source}, .outputs = op.outputs});
  const auto input = to.read(source, layout);
  if (!input) return forward(input);
  const auto rank = static_cast<int64_t>(to.tensor(source).dims.size());
  int64_t axis = given->at(0) < 0 ? given->at(0) + rank : given->at(0);
  if (axis < 0 || axis >= rank) return needs("an axis within its dimensions");
  int64_t begin = 0;
  for (const int32_t output : op.outputs) {
    const auto& dims = to.tensor(output).dims;
    if (static_cast<int64_t>(dims.size()) != rank) return needs("outputs of its input's dimensions");
    const int64_t end = begin + dims[static_cast<size_t>(axis)];
    const LiteOp one{.inputs = {source}, .outputs = {output}};
    write_cut(to, one, layout, *input, {{begin}, {end}, {axis}, {1}});
    begin = end;
  }
  return {};
}

Status pack(Converter& to, const LiteOp& op) {
  const int64_t axis = op.options.number<int32_t>(1, 0);
  std::vector<std::string> parts;
  for (const int32_t input : op.inputs) {
    const auto name = to.read(input);
    if (!name) return forward(name);
    parts.push_back(to.add("Unsqueeze", {*name, to.add_ints("axes", {axis})}));
  }
  to.write(op.outputs[0], Layout::rows, to.add("Concat", std::move(parts), {attribute("axis", axis)}));
  return {};
}

Status unpack(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 1) return needs("an input");
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const int64_t axis = op.options.number<int32_t>(1, 0);
  for (size_t o = 0; o < op.outputs.size(); ++o) {
    const auto at = static_cast<int64_t>(o);
    const std::string place = to.add_tensor(tensor_of("index", {}, std::span(&at, 1)));
    to.write(op.outputs[o], Layout::rows, to.add("Gather", {*input, place}, {attribute("axis", axis)}));
  }
  return {};
}

Status gather(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return needs("an input and indices");
  const auto input = to.read(op.inputs[0]), indices = to.read(op.inputs[1]);
  if (!input) return forward(input);
  if (!indices) return forward(indices);
  if (op.options.number<int32_t>(1, 0) != 0) return fail(ErrorKind::unsupported, "gathers batch by batch");
  to.write(
      op.outputs[0], Layout::rows,
      to.add("Gather", {*input, *indices}, {attribute("axis", int64_t{op.options.number<int32_t>(0, 0)})}));
  return {};
}

Status with_shape(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 2) return needs("an input and a shape");
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  auto numbers = to.ints(op.inputs[1]);
  if (!numbers) return forward(numbers);
  to.write(op.outputs[0], Layout::rows,
           to.add(op.code == 69 ? "Tile" : "Expand", {*input, to.add_ints("numbers", std::move(*numbers))}));
  return {};
}

Status shape(Converter& to, const LiteOp& op) {
  if (op.inputs.size() != 1) return needs("an input");
  const auto input = to.read(op.inputs[0]);
  if (!input) return forward(input);
  const auto type = static_cast<int64_t>(to.tensor(op.outputs[0]).type);
  to.write(op.outputs[0], Layout::rows, to.add("Cast", {to.add("Shape", {*input})}, {attribute("to", type)}));
  return {};
}

constexpr std::array kRows{LiteRow{2, "CONCATENATION", concat},
                           LiteRow{22, "RESHAPE", reshape},
                           LiteRow{34, "PAD", pad},
                           LiteRow{36, "GATHER", gather},
                           LiteRow{39, "TRANSPOSE", transpose},
                           LiteRow{43, "SQUEEZE", to_output_shape},
                           LiteRow{45, "STRIDED_SLICE", strided_slice},
                           LiteRow{49, "SPLIT", split},
                           LiteRow{60, "PADV2", pad},
                           LiteRow{65, "SLICE", slice},
                           LiteRow{69, "TILE", with_shape},
                           LiteRow{70, "EXPAND_DIMS", to_output_shape},
                           LiteRow{77, "SHAPE", shape},
                           LiteRow{83, "PACK", pack},
                           LiteRow{88, "UNPACK", unpack},
                           LiteRow{100, "MIRROR_PAD", pad},
                           LiteRow{102, "SPLIT_V", split},
                           LiteRow{130, "BROADCAST_TO", with_shape}};

}  // namespace

std::span<const LiteRow> lite_shape_rows() {
  return kRows;
}

}  // namespace oree::graph
