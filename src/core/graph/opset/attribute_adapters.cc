// Attributes that became inputs.
#include <array>
#include <limits>

#include "core/graph/numbers.h"
#include "core/graph/opset/adapters.h"

namespace oree::graph {

std::string Adapting::constant(const std::string& wish, std::vector<int64_t> dims,
                               std::span<const int64_t> values) {
  graph.initializers.push_back(tensor_of(fresh(wish), std::move(dims), values));
  return graph.initializers.back().name;
}

std::string Adapting::constant(const std::string& wish, std::vector<int64_t> dims,
                               std::span<const float> values) {
  graph.initializers.push_back(tensor_of(fresh(wish), std::move(dims), values));
  return graph.initializers.back().name;
}

int64_t Adapting::rank(const std::string& name) const {
  if (const Tensor* tensor = find_initializer(graph, name)) return static_cast<int64_t>(tensor->dims.size());
  const Value* value = find_value(graph, name);
  return value != nullptr && value->type.has_shape ? static_cast<int64_t>(value->type.dims.size()) : -1;
}

DataType Adapting::element(const std::string& name) const {
  if (const Tensor* tensor = find_initializer(graph, name)) return tensor->type;
  const Value* value = find_value(graph, name);
  return value != nullptr ? value->type.element : DataType::undefined;
}

void ints_become_input(Node& node, Adapting& adapting, std::string_view name, size_t place) {
  const Attribute* found = find_attribute(node, name);
  if (found == nullptr) return;
  const std::vector<int64_t> values = found->ints;
  remove_attribute(node, name);
  if (node.inputs.size() <= place) node.inputs.resize(place + 1);
  const std::string wish = (node.outputs.empty() ? node.op : node.outputs[0]) + "_" + std::string(name);
  node.inputs[place] = adapting.constant(wish, {static_cast<int64_t>(values.size())}, values);
}

namespace {

std::string first_output(const Node& node) {
  return node.outputs.empty() ? node.op : node.outputs[0];
}

template <size_t place>
Status axes_input(Node& node, Adapting& adapting) {
  ints_become_input(node, adapting, "axes", place);
  return {};
}

Status split_input(Node& node, Adapting& adapting) {
  ints_become_input(node, adapting, "split", 1);
  return {};
}

// A number of the tensor's own element type, where Clip and Pad want one.
Result<std::string> number_like(Node& node, Adapting& adapting, const std::string& suffix, float value) {
  const DataType element = adapting.element(node.inputs.at(0));
  if (element == DataType::undefined || element == DataType::f32) {
    return adapting.constant(first_output(node) + suffix, {}, std::span<const float>(&value, 1));
  }
  const double wide = value;
  auto tensor = tensor_as(adapting.fresh(first_output(node) + suffix), element, {}, std::span(&wide, 1));
  if (!tensor) return forward(tensor);
  adapting.graph.initializers.push_back(std::move(*tensor));
  return adapting.graph.initializers.back().name;
}

Status clip_bounds(Node& node, Adapting& adapting) {
  if (!has_input(node, 0)) return fail(ErrorKind::invalid, "has no input");
  constexpr float kNone = std::numeric_limits<float>::max();
  const float low = float_or(node, "min", -kNone), high = float_or(node, "max", kNone);
  const bool has_low = low > -kNone, has_high = high < kNone;
  remove_attribute(node, "min");
  remove_attribute(node, "max");
  if (!has_low && !has_high) return {};
  node.inputs.resize(has_high ? 3 : 2);
  if (has_low) {
    auto name = number_like(node, adapting, "_min", low);
    if (!name) return forward(name);
    node.inputs[1] = *name;
  }
  if (has_high) {
    auto name = number_like(node, adapting, "_max", high);
    if (!name) return forward(name);
    node.inputs[2] = *name;
  }
  return {};
}

Status pad_inputs(Node& node, Adapting& adapting) {
  if (!has_input(node, 0)) return fail(ErrorKind::invalid, "has no input");
  ints_become_input(node, adapting, "pads", 1);
  const float value = float_or(node, "value", 0);
  remove_attribute(node, "value");
  if (value == 0) return {};
  auto name = number_like(node, adapting, "_value", value);
  if (!name) return forward(name);
  node.inputs.resize(3);
  node.inputs[2] = *name;
  return {};
}

Status slice_inputs(Node& node, Adapting& adapting) {
  ints_become_input(node, adapting, "starts", 1);
  ints_become_input(node, adapting, "ends", 2);
  ints_become_input(node, adapting, "axes", 3);
  return {};
}

Status top_k_input(Node& node, Adapting& adapting) {
  const int64_t k = int_or(node, "k", 1);
  remove_attribute(node, "k");
  node.inputs.resize(2);
  node.inputs[1] = adapting.constant(first_output(node) + "_k", {1}, std::span<const int64_t>(&k, 1));
  return {};
}

Status upsample_scales(Node& node, Adapting& adapting) {
  const Attribute* scales = find_attribute(node, "scales");
  if (scales == nullptr) return {};
  const std::vector<float> values = scales->floats;
  remove_attribute(node, "scales");
  node.inputs.resize(2);
  node.inputs[1] = adapting.constant(first_output(node) + "_scales", {static_cast<int64_t>(values.size())},
                                     std::span<const float>(values));
  return {};
}

// Outside of training it passes its input on, whatever the ratio; then it needs none.
Status dropout_inputs(Node& node, Adapting& adapting) {
  const Attribute* ratio = find_attribute(node, "ratio");
  if (ratio == nullptr) return {};
  const float value = ratio->f;
  remove_attribute(node, "ratio");
  node.inputs.resize(2);
  node.inputs[1] = adapting.constant(first_output(node) + "_ratio", {}, std::span<const float>(&value, 1));
  return {};
}

constexpr std::array kRows{Adapter{"Upsample", 9, upsample_scales},
                           Adapter{"Slice", 10, slice_inputs},
                           Adapter{"TopK", 10, top_k_input},
                           Adapter{"Clip", 11, clip_bounds},
                           Adapter{"Pad", 11, pad_inputs},
                           Adapter{"Dropout", 12, dropout_inputs},
                           Adapter{"Squeeze", 13, axes_input<1>},
                           Adapter{"Unsqueeze", 13, axes_input<1>},
                           Adapter{"ReduceSum", 13, axes_input<1>},
                           Adapter{"Split", 13, split_input},
                           Adapter{"ReduceMax", 18, axes_input<1>},
                           Adapter{"ReduceMin", 18, axes_input<1>},
                           Adapter{"ReduceMean", 18, axes_input<1>},
                           Adapter{"ReduceProd", 18, axes_input<1>},
                           Adapter{"ReduceL1", 18, axes_input<1>},
                           Adapter{"ReduceL2", 18, axes_input<1>},
                           Adapter{"ReduceLogSum", 18, axes_input<1>},
                           Adapter{"ReduceLogSumExp", 18, axes_input<1>},
                           Adapter{"ReduceSumSquare", 18, axes_input<1>}};

}  // namespace

std::span<const Adapter> attribute_adapters() {
  return kRows;
}

}  // namespace oree::graph
