#include "core/graph/tflite/converter.h"

#include <algorithm>
#include <cstring>

#include "core/graph/index.h"
#include "core/graph/numbers.h"
#include "core/graph/opset/upgrade.h"
#include "core/graph/tflite/tflite.h"

namespace oree::graph {
namespace {

constexpr size_t place(Layout layout) {
  return layout == Layout::planes ? 1 : 0;
}

const LiteRow* find_row(int32_t code) {
  for (const auto rows : {lite_image_rows(), lite_math_rows(), lite_shape_rows(), lite_memory_rows()}) {
    const auto found = std::ranges::find(rows, code, &LiteRow::code);
    if (found != rows.end()) return &*found;
  }
  return nullptr;
}

// Elements of 8 bits and more in another order of dimensions.
ByteBuffer reordered(ByteView from, const std::vector<int64_t>& dims, const std::vector<size_t>& order,
                     size_t each) {
  const size_t rank = dims.size();
  std::vector<size_t> strides(rank, each);
  for (size_t d = rank; d-- > 1;) strides[d - 1] = strides[d] * static_cast<size_t>(dims[d]);
  ByteBuffer to(from.size());
  std::vector<int64_t> at(rank, 0);
  for (size_t written = 0; written < to.size(); written += each) {
    size_t source = 0;
    for (size_t d = 0; d < rank; ++d) source += static_cast<size_t>(at[d]) * strides[order[d]];
    std::memcpy(to.data() + written, from.data() + source, each);
    for (size_t d = rank; d-- > 0;) {
      if (++at[d] < dims[order[d]]) break;
      at[d] = 0;
    }
  }
  return to;
}

Tensor tensor_from(const LiteTensor& from) {
  Tensor to;
  to.name = from.name;
  to.type = from.type;
  to.dims = from.dims;
  to.data = SharedBytes::of(ByteBuffer(from.data.begin(), from.data.end()));
  return to;
}

}  // namespace

std::string Converter::fresh(const std::string& wish) {
  const std::string base = wish.empty() ? "t" : wish;
  const int number = ++names_[base];
  return number == 1 ? base : fresh(base + "_" + std::to_string(number));
}

std::string Converter::add(std::string op, std::vector<std::string> inputs,
                           std::vector<Attribute> attributes) {
  std::string output = fresh(op);
  Node node = make_node(std::move(op), std::move(inputs), {output}, std::move(attributes));
  node.name = output;
  model_.graph.nodes.push_back(std::move(node));
  return output;
}

std::string Converter::add_tensor(Tensor tensor) {
  tensor.name = fresh(tensor.name);
  model_.graph.initializers.push_back(std::move(tensor));
  return model_.graph.initializers.back().name;
}

std::string Converter::add_ints(const std::string& wish, std::vector<int64_t> values) {
  const auto count = static_cast<int64_t>(values.size());
  return add_tensor(tensor_of(wish, {count}, std::span<const int64_t>(values)));
}

Result<std::vector<int64_t>> Converter::ints(int32_t index) const {
  if (index < 0 || !constant(index))
    return fail(ErrorKind::unsupported, "has a shape, axis or pad that is computed");
  return ints_of(tensor_from(tensor(index)));
}

std::string Converter::dequantised(const LiteTensor& tensor, const std::string& name, int64_t axis) {
  const auto count = static_cast<int64_t>(tensor.scales.size());
  const bool by_axis = count > 1;
  const std::vector<int64_t> dims = by_axis ? std::vector{count} : std::vector<int64_t>{};
  const std::vector<double> zeros(tensor.zero_points.begin(), tensor.zero_points.end());
  if (facts(tensor.type).bits == 16 || facts(tensor.type).bits < 8) need_opset(21);
  std::vector<std::string> inputs{
      name, add_tensor(tensor_of(tensor.name + "_scale", dims, std::span<const float>(tensor.scales)))};
  auto zero = tensor_as(tensor.name + "_zero_point", tensor.type, dims, zeros);
  if (zero) inputs.push_back(add_tensor(std::move(*zero)));
  std::vector<Attribute> attributes;
  if (by_axis) attributes.push_back(attribute("axis", axis));
  return add("DequantizeLinear", std::move(inputs), std::move(attributes));
}

Result<std::string> Converter::permuted(int32_t index, const std::vector<size_t>& order) {
  const LiteTensor& from = tensor(index);
  const unsigned bits = facts(from.type).bits;
  Tensor to = tensor_from(from);
  if (bits < 8) {  // unpacked, so that its elements can be moved
    auto values = doubles_of(to);
    if (!values) return forward(values);
    auto wide = tensor_as(to.name, DataType::i8, to.dims, *values);
    if (!wide) return forward(wide);
    to = std::move(*wide);
  }
  std::vector<int64_t> dims;
  for (const size_t axis : order) dims.push_back(from.dims.at(axis));
  to.data = SharedBytes::of(reordered(to.data.view(), from.dims, order, std::max(8u, bits) / 8));
  to.dims = std::move(dims);
  LiteTensor scales = from;
  scales.type = to.type;
  const std::string name = add_tensor(std::move(to));
  if (!from.quantised()) return name;
  const auto axis = std::ranges::find(order, static_cast<size_t>(from.axis)) - order.begin();
  return dequantised(scales, name, axis);
}

std::string Converter::transposed(const std::string& name, Layout from) {
  const std::vector<int64_t> order =
      from == Layout::rows ? std::vector<int64_t>{0, 3, 1, 2} : std::vector<int64_t>{0, 2, 3, 1};
  return add("Transpose", {name}, {attribute("perm", order)});
}

Result<std::string> Converter::read(int32_t index, Layout layout) {
  if (index < 0) return fail(ErrorKind::invalid, "reads an input that is left out");
  const LiteTensor& from = tensor(index);
  Known& known = known_[static_cast<size_t>(index)];
  std::string& wanted = known.floats[place(layout)];
  if (!wanted.empty()) return wanted;
  const std::string& other = known.floats[1 - place(layout)];
  if (!other.empty() && from.dims.size() != 4) return other;
  if (!other.empty()) {
    wanted = transposed(other, layout == Layout::rows ? Layout::planes : Layout::rows);
    return wanted;
  }
  if (!constant(index)) {
    const uint64_t elements = element_count(from.dims);
    if (elements != 0)
      return fail(ErrorKind::invalid, "reads tensor '" + from.name + "', which nothing makes");
  }
  if (layout == Layout::planes && !from.dims.empty()) {
    // Fewer dimensions stand for the last ones; written out, they can be reordered.
    if (from.dims.size() == 4) {
      auto name = permuted(index, {0, 3, 1, 2});
      if (!name) return name;
      wanted = *name;
      return wanted;
    }
    Tensor wide = tensor_from(from);
    std::vector<int64_t> dims(4, 1);
    std::ranges::copy_backward(from.dims, dims.end());
    if (from.quantised() && from.scales.size() > 1)
      return fail(ErrorKind::unsupported, "broadcasts a tensor with a scale for each channel");
    const std::vector<size_t> order(kToPlanes.begin(), kToPlanes.end());
    wide.data =
        SharedBytes::of(reordered(wide.data.view(), dims, order, std::max(8u, facts(from.type).bits) / 8));
    wide.dims = {dims[0], dims[3], dims[1], dims[2]};
    const std::string name = add_tensor(std::move(wide));
    wanted = from.quantised() ? dequantised(from, name, 0) : name;
    return wanted;
  }
  const std::string name = add_tensor(tensor_from(from));
  wanted = from.quantised() ? dequantised(from, name, from.axis) : name;
  return wanted;
}

void Converter::write(int32_t index, Layout layout, const std::string& name) {
  const LiteTensor& to = tensor(index);
  Known& known = known_[static_cast<size_t>(index)];
  if (!to.quantised() || to.type == DataType::i32) {
    known.floats[place(layout)] = name;
    return;
  }
  const double zero_point = static_cast<double>(to.zero_points[0]);
  auto zero = tensor_as(to.name + "_zero_point", to.type, {}, std::span(&zero_point, 1));
  if (!zero) {  // a damaged file: a scale on a type that has none, such as text
    known.floats[place(layout)] = name;
    return;
  }
  if (facts(to.type).bits == 16) need_opset(21);
  const std::string scale = add_tensor(scalar(to.name + "_scale", to.scales[0]));
  const std::string zero_name = add_tensor(std::move(*zero));
  known.stored[place(layout)] = add("QuantizeLinear", {name, scale, zero_name});
  known.floats[place(layout)] = add("DequantizeLinear", {known.stored[place(layout)], scale, zero_name});
}

Layout Converter::best_layout(const LiteOp& op) const {
  bool found = false;
  for (const int32_t input : op.inputs) {
    if (input < 0) continue;
    const size_t rank = tensor(input).dims.size();
    if (!known_[static_cast<size_t>(input)].floats[1].empty() && rank == 4) found = true;
    if (!(rank == 4 || (constant(input) && rank <= 4) || rank == 0)) return Layout::rows;
  }
  for (const int32_t output : op.outputs) {
    if (tensor(output).dims.size() != 4) return Layout::rows;
  }
  return found ? Layout::planes : Layout::rows;
}

std::string Converter::activated(const std::string& name, int8_t activation) {
  const auto clip = [&](float low, float high) {
    const std::string least = add_tensor(scalar("low", low)), most = add_tensor(scalar("high", high));
    return add("Clip", {name, least, most});
  };
  switch (activation) {
    case 1:
      return add("Relu", {name});
    case 2:
      return clip(-1, 1);
    case 3:
      return clip(0, 6);
    case 4:
      return add("Tanh", {name});
    default:
      return name;
  }
}

Status Converter::add_inputs() {
  for (const int32_t index : lite_.inputs) {
    const LiteTensor& input = tensor(index);
    std::vector<Dim> dims;
    for (size_t d = 0; d < input.dims.size(); ++d) {
      const bool open = !input.signature.empty() && input.signature[d] < 0;
      dims.push_back(open ? Dim{-1, d == 0 ? "batch" : "dim_" + std::to_string(d)} : Dim{input.dims[d], ""});
    }
    const std::string name = fresh(input.name);
    model_.graph.inputs.push_back({name, tensor_type(input.type, std::move(dims)), {}});
    Known& known = known_[static_cast<size_t>(index)];
    if (input.quantised()) {
      known.stored[0] = name;
      known.floats[0] = dequantised(input, name, input.axis);
    } else {
      known.floats[0] = name;
    }
  }
  return {};
}

// As the file stores it: integers when quantised, channels last.
Result<std::string> Converter::stored(int32_t index) {
  Known& known = known_[static_cast<size_t>(index)];
  if (!tensor(index).quantised() || tensor(index).type == DataType::i32) return read(index);
  if (known.stored[0].empty() && !known.stored[1].empty())
    known.stored[0] = transposed(known.stored[1], Layout::planes);
  if (!known.stored[0].empty()) return known.stored[0];
  return fail(ErrorKind::unsupported, "the output '" + tensor(index).name + "' is a quantised constant");
}

Status Converter::add_outputs() {
  for (const int32_t index : lite_.outputs) {
    const LiteTensor& output = tensor(index);
    auto made = stored(index);
    if (!made) return forward(made);
    const std::string name = fresh(output.name);
    model_.graph.nodes.push_back(make_node("Identity", {*made}, {name}));
    std::vector<Dim> dims(output.dims.size());
    for (size_t d = 0; d < dims.size(); ++d) {
      const bool open = !output.signature.empty() && output.signature[d] < 0;
      if (!open) dims[d].size = output.dims[d];
    }
    model_.graph.outputs.push_back({name, tensor_type(output.type, std::move(dims)), {}});
  }
  return {};
}

Result<Model> Converter::convert() {
  model_.producer = "oree";
  model_.graph.name = "tflite";
  if (auto done = add_inputs(); !done) return forward(done);
  for (const LiteOp& op : lite_.ops) {
    const LiteRow* row = find_row(op.code);
    if (row == nullptr) {
      return fail(ErrorKind::unsupported,
                  "it uses " + tflite::operator_name(op) +
                      ", which is not converted to ONNX here; convert the model with its maker's tools");
    }
    if (auto done = row->convert(*this, op); !done) {
      return forward(done, tflite::operator_name(op) + " that makes '" + tensor(op.outputs[0]).name + "'");
    }
  }
  if (auto done = add_outputs(); !done) return forward(done);
  model_.opsets = {{"", opset_}};
  model_.ir_version = std::max<int64_t>(8, ir_version_for(opset_));
  return std::move(model_);
}

bool is_tflite(ByteView bytes) {
  return tflite::is_tflite(bytes);
}

Result<Model> read_tflite(ByteView bytes) {
  if (!is_tflite(bytes))
    return fail(ErrorKind::corrupt, "this is no TensorFlow Lite model: it does not begin like one");
  const auto file = tflite::parse(ByteBuffer(bytes.begin(), bytes.end()));
  if (!file) return forward(file);
  const auto lite = read_lite(*file);
  if (!lite) return forward(lite);
  return Converter(*lite).convert();
}

}  // namespace oree::graph
